"""X.509 work: an authority limited to given names, and server certificates. Pure but for the random key and serial."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BACKDATE = datetime.timedelta(hours=1)
"""Clients whose clock is a little behind accept a new certificate too."""


@dataclass(frozen=True)
class Subject:
    """Whom a certificate is for."""

    common_name: str
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()

    def names(self) -> list[x509.GeneralName]:
        """The names as X.509 has them."""
        return [
            *(x509.DNSName(name) for name in self.dns_names),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in self.ip_addresses),
        ]


@dataclass(frozen=True)
class Issuer:
    """An authority that signs."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new ECDSA P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """PKCS #8 PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def load_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """The key that `key_pem` wrote. Raises ValueError on anything else."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an elliptic curve key")
    return key


def load_issuer(certificate: str, key: str) -> Issuer:
    """The authority of two PEM texts. Raises ValueError, with a text that shows nothing of the key, where they do not fit."""
    try:
        parsed = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        raise ValueError("issuerCertificate is no PEM certificate") from None
    try:
        signer = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("issuerPrivateKey is no PEM private key without a passphrase") from None
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if parsed.public_key().public_bytes(*spki) != signer.public_key().public_bytes(*spki):
        raise ValueError("issuerPrivateKey does not belong to issuerCertificate")
    return Issuer(parsed, signer)  # type: ignore[arg-type]


def authority(
    subject: Subject, days: int, now: datetime.datetime, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """A self-signed authority that may certify `subject`'s names and nothing else; any name where it gives none."""
    name = _name(subject.common_name)
    builder = (
        _builder(name, name, key.public_key(), now, now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if subject.names():
        builder = builder.add_extension(_constraints(subject), critical=True)
    return builder.sign(key, hashes.SHA256())


def server(
    subject: Subject, days: int, now: datetime.datetime, key: ec.EllipticCurvePrivateKey, issuer: Issuer
) -> x509.Certificate:
    """A server certificate; it ends no later than its issuer."""
    name = _server_name(subject)
    end = min(now + datetime.timedelta(days=days), issuer.certificate.not_valid_after_utc)
    return (
        _builder(name, issuer.certificate.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # RFC 5280 4.2.1.6: critical where there is no subject.
        .add_extension(x509.SubjectAlternativeName(subject.names()), critical=not list(name))
        .add_extension(_issuer_identifier(issuer), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def _issuer_identifier(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    try:
        own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
    end: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _server_name(subject: Subject) -> x509.Name:
    """The subject's name, or none: RFC 5280 ends a common name at 64 characters, and OpenSSL takes an address there for a DNS
    name, which an authority for addresses only may not certify."""
    try:
        ipaddress.ip_address(subject.common_name)
    except ValueError:
        return _name(subject.common_name) if len(subject.common_name) <= 64 else x509.Name([])
    return x509.Name([])


def _usage(
    key_cert_sign: bool = False, crl_sign: bool = False, digital_signature: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(subject: Subject) -> x509.NameConstraints:
    """Exactly these names. A kind of name that has no permitted entry must be excluded as a whole (RFC 5280 4.2.1.10)."""
    networks = [ipaddress.ip_network(address) for address in subject.ip_addresses]
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in subject.dns_names]
    permitted += [x509.IPAddress(network) for network in networks]
    excluded: list[x509.GeneralName] = []
    if not subject.dns_names:
        excluded.append(x509.DNSName(""))
    if not networks:
        excluded += [x509.IPAddress(ipaddress.ip_network(text)) for text in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints(permitted, excluded or None)
