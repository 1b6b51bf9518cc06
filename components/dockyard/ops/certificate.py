"""The certificate that the front serves: whether it is the one that is laid, whom it names and how long it lasts."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dockyard.ops import results, served
from dockyard.ops.pair import CERTIFICATE, leaf
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME = "certificate"
SECONDS, DAY = 5.0, 86400.0
SOON, LATE = 14, 7
"""Days before the end."""
HINTS = {
    "own": "dockyard up",
    "given": "give the stack a new pair, then: dockyard up",
    "acme": "dockyard certificate renew",
}


class Shown(NamedTuple):
    """What a client is shown."""

    begins: float
    ends: float
    leaf: bytes


def certificate(settings: Settings, address: tuple[str, int]) -> Verdict:
    """Connects, and trusts what is laid alone."""
    at = settings.looks_at
    domain, kind = at["domain"], at.get("certificate_kind", "own")
    place = served.current(settings) if kind == "acme" else None
    file = place / CERTIFICATE if place else Path(at["certificate"])
    hint = HINTS[kind]
    try:
        shown = look(file, address, domain)
        if place and shown.leaf != leaf(file.read_text()):
            return failure(NAME, f"{domain}: the front serves another one than {file}", hint)
    except PermissionError:
        return skipped(NAME, f"this user may not read {file}", "sudo dockyard doctor")
    except FileNotFoundError:
        return failure(NAME, f"{file} is missing", hint)
    except ssl.SSLCertVerificationError as error:
        return failure(NAME, f"{domain}: {error.verify_message}{_last_error(settings)}", hint)
    except OSError as error:
        return failure(
            NAME, f"no TLS with {address[0]} port {address[1]}: {error.strerror or error}", "ss -ltnp"
        )
    if kind == "acme":
        return judge_acme(domain, shown, _last_error(settings), place is not None)
    return judge(domain, shown.ends - time.time(), hint)


def look(file: Path, address: tuple[str, int], domain: str) -> Shown:
    with connected(file, address, domain) as connection:
        found, raw = connection.getpeercert() or {}, connection.getpeercert(binary_form=True) or b""
    begins, ends = (ssl.cert_time_to_seconds(str(found[key])) for key in ("notBefore", "notAfter"))
    return Shown(begins, ends, raw)


@contextlib.contextmanager
def connected(file: Path, address: tuple[str, int], domain: str) -> Iterator[ssl.SSLSocket]:
    """By TLS, to whom has the certificate of the file, or one that it has signed."""
    context = ssl.create_default_context(cafile=str(file))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with (
        socket.create_connection(address, SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=domain) as connection,
    ):
        yield connection


def judge(domain: str, seconds: float, hint: str = HINTS["own"]) -> Verdict:
    days = seconds / DAY
    if days <= 0:
        return failure(NAME, f"{domain}: ended {-days:.0f} days ago", hint)
    evidence = f"{domain}: {days:.0f} days left"
    if days < LATE:
        return failure(NAME, evidence, hint)
    return warning(NAME, evidence, hint) if days < SOON else ok(NAME, evidence)


def judge_acme(domain: str, shown: Shown, error: str, there: bool) -> Verdict:
    """there: whether ACME has given one. Its life may be short: it is renewed when a third of it is left."""
    hint, now = HINTS["acme"], time.time()
    if not there:
        text = f"{domain}: the first one of an own authority is served; none has come by ACME yet{error}"
        return failure(NAME, text, hint) if error else warning(NAME, text, hint)
    life, left = shown.ends - shown.begins, shown.ends - now
    evidence = f"{domain}: {left / DAY:.0f} days left{error}"
    if left < min(LATE * DAY, life / 12):
        return failure(NAME, evidence, hint)
    return warning(NAME, evidence, hint) if error or left < life / 4 else ok(NAME, evidence)


def _last_error(settings: Settings) -> str:
    error = results.last(settings.state, "certificate")["error"] if settings.acme else ""
    return f"; the last renewal failed: {error}" if error else ""
