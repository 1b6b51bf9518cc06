"""A certificate and its key, before they are served: whether they belong together, are for the name, and are valid."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard.ops.errors import OpsError

CERTIFICATE, KEY = "certificate.pem", "private.key"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.S)
ROUNDS = 10
"""A handshake takes three."""


@dataclass(frozen=True)
class Pair:
    """What is served. Times are in seconds since 1970."""

    begins: float
    ends: float
    issuer: str
    serial: str


def chain(pem: str) -> list[str]:
    """Each certificate of a text, the leaf first."""
    return _PEM.findall(pem)


def leaf(pem: str) -> bytes:
    """The leaf, as it travels. Raises OpsError where there is none."""
    found = chain(pem)
    if not found:
        raise OpsError("there is no certificate in what was given")
    return ssl.PEM_cert_to_DER_cert(found[0])


def examined(folder: Path, domain: str) -> Pair:
    """Speaks TLS with itself, in memory, as a client that trusts the rest of the chain. Raises OpsError, saying what is wrong."""
    pems = chain((folder / CERTIFICATE).read_text())
    if not pems:
        raise OpsError(f"{folder / CERTIFICATE} holds no certificate")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.create_default_context(cadata="".join(pems[1:] or pems))
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        server.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        found = _shake(client, server, domain)
    except ssl.SSLCertVerificationError as error:
        raise OpsError(f"the certificate for {domain} is not right: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise OpsError(f"certificate and key do not belong together: {error.reason or error}") from None
    return Pair(
        begins=ssl.cert_time_to_seconds(str(found["notBefore"])),
        ends=ssl.cert_time_to_seconds(str(found["notAfter"])),
        issuer=issuer(found),
        serial=str(found["serialNumber"]).lower(),
    )


def issuer(found: Mapping[str, Any]) -> str:
    """The authority's name for people."""
    names = {key: value for part in found.get("issuer", ()) for key, value in part}
    return str(names.get("commonName") or names.get("organizationName") or "")


def _shake(client: ssl.SSLContext, server: ssl.SSLContext, domain: str) -> Mapping[str, Any]:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=domain)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(ROUNDS):
        done = 0
        for side in (asking, answering):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
        if done == 2:
            break
    return asking.getpeercert() or {}
