"""`dockyard:index:Certificate`: an own authority, or a server certificate issued by one."""

from collections.abc import Sequence
from typing import Any, cast

import pulumi


class Certificate(pulumi.CustomResource):
    """An X.509 certificate with its key (ECDSA P-256). Stable until an input changes or its renewal is due."""

    certificate: pulumi.Output[str]
    """PEM, this certificate only."""

    def __init__(
        self,
        name: str,
        common_name: pulumi.Input[str],
        dns_names: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        ip_addresses: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        is_authority: bool = False,
        validity_days: pulumi.Input[int] = 90,
        renew_before_days: pulumi.Input[int] = 30,
        issuer: "Certificate | None" = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """common_name: the subject; a server certificate whose common_name is an address or too long has none.

        dns_names, ip_addresses: a server certificate's names (at least one of both); for an authority, the only names
            that it may certify (name constraints). Default: none.
        is_authority: True for a self-signed authority. Default: a server certificate, which needs an `issuer`.
        validity_days: 1 to 397 for a server, 1 to 7300 for an authority. Default: 90.
        renew_before_days: from so many days before the end, `up` renews in place. Less than validity_days. Default: 30.
        issuer: the authority that signs. Default: none.
        """
        inputs: dict[str, Any] = {
            "commonName": common_name,
            "dnsNames": dns_names,
            "ipAddresses": ip_addresses,
            "isAuthority": is_authority,
            "validityDays": validity_days,
            "renewBeforeDays": renew_before_days,
        }
        if issuer is not None:
            inputs["issuerCertificate"] = issuer.certificate
            inputs["issuerPrivateKey"] = pulumi.Output.secret(issuer.private_key)
        outputs = dict.fromkeys(("certificate", "privateKey", "notAfter"))
        opts = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["privateKey", "issuerPrivateKey"])
        )
        super().__init__("dockyard:index:Certificate", name, {**inputs, **outputs}, opts)

    @property
    def private_key(self) -> pulumi.Output[str]:
        """PEM (PKCS #8); secret."""
        return cast("pulumi.Output[str]", self.__dict__["privateKey"])

    @property
    def not_after(self) -> pulumi.Output[str]:
        """RFC 3339, UTC."""
        return cast("pulumi.Output[str]", self.__dict__["notAfter"])
