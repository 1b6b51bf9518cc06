"""What a TLS server shows of itself: one handshake that trusts anybody, and handshakes that tell who would trust it."""

import contextlib
import socket
import ssl
from dataclasses import dataclass

from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok

NAME = "tls"
SECONDS = 8.0
OLD = ("SSLv3", "TLSv1", "TLSv1.1")
WITHOUT_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of openssl/x509_vfy.h: the dates are a check of their own."""


@dataclass(frozen=True)
class Shown:
    """certificate: DER."""

    version: str
    cipher: str
    certificate: bytes


class PlainHttp(Exception):
    """The port answers in plain HTTP."""


def open_context() -> ssl.SSLContext:
    """Trusts anybody, and speaks old versions too: to look, and never to send a password."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


def look(target: Target, address: str) -> Shown:
    """Raises PlainHttp, or OSError where there is no TLS."""
    try:
        with _connected(target, address, open_context()) as connection:
            certificate = connection.getpeercert(binary_form=True) or b""
            return Shown(connection.version() or "", (connection.cipher() or ("",))[0], certificate)
    except ssl.SSLError:
        if speaks_http(address, target):
            raise PlainHttp from None
        raise


def trusted(target: Target, address: str, context: ssl.SSLContext) -> str:
    """ "" where a client with this context trusts the chain, whatever its dates and name; else OpenSSL's reason."""
    context.check_hostname = False
    context.verify_flags |= WITHOUT_TIME
    return verified(target, address, context)


def verified(target: Target, address: str, context: ssl.SSLContext) -> str:
    """ "" where a client with this context takes the certificate."""
    try:
        _connected(target, address, context).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return ""


def speaks_http(address: str, target: Target) -> bool:
    """Whether an answer to plain HTTP comes that is no complaint about it, as TLS servers have one (400, 421, 497)."""
    with contextlib.suppress(OSError), socket.create_connection((address, target.number), SECONDS) as plain:
        plain.sendall(f"GET /v2/ HTTP/1.0\r\nHost: {target.place}\r\n\r\n".encode())
        return plain.recv(16).startswith(b"HTTP/1.")
    return False


def judge(target: Target, shown: Shown) -> Verdict:
    evidence = f"{shown.version}, {shown.cipher}"
    if shown.version in OLD:
        hint = f"openssl s_client -connect {target.endpoint} -tls1_2 </dev/null"
        return failure(NAME, f"{evidence}: Docker speaks TLS 1.2 and later", hint)
    return ok(NAME, evidence)


def judge_error(target: Target, error: Exception) -> Verdict:
    place = f"{target.host} port {target.number}"
    if isinstance(error, PlainHttp):
        evidence = f"{place} speaks plain HTTP: Docker says `server gave HTTP response to HTTPS client`"
        return failure(NAME, evidence, f"curl -si http://{target.endpoint}/v2/ | head -n 1")
    command = f"openssl s_client -connect {target.endpoint} -servername {target.host} </dev/null"
    if isinstance(error, TimeoutError):
        return failure(NAME, f"{place} takes connections and does not answer to TLS", command)
    told = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return failure(NAME, f"{place}: no TLS: {told}", command)


def _connected(target: Target, address: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The socket is the wrapped one's own from then on."""
    plain = socket.create_connection((address, target.number), SECONDS)
    try:
        return context.wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise
