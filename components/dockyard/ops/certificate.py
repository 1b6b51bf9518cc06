"""The certificate that the front serves: whether it is the one that is laid, whom it names and how long it lasts."""

import socket
import ssl
import time
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME = "certificate"
SECONDS, DAY = 5.0, 86400.0
SOON = 14


def certificate(file: Path, address: tuple[str, int], domain: str) -> Verdict:
    """Connects, and trusts what is in the file alone."""
    try:
        context = ssl.create_default_context(cafile=str(file))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        with (
            socket.create_connection(address, SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=domain) as connection,
        ):
            served = connection.getpeercert() or {}
    except PermissionError:
        return skipped(NAME, f"this user may not read {file}", "sudo dockyard doctor")
    except FileNotFoundError:
        return failure(NAME, f"{file} is missing", "dockyard up")
    except ssl.SSLCertVerificationError as error:
        return failure(NAME, f"{domain}: {error.verify_message}", "dockyard up")
    except OSError as error:
        return failure(
            NAME, f"no TLS with {address[0]} port {address[1]}: {error.strerror or error}", "ss -ltnp"
        )
    return judge(domain, ssl.cert_time_to_seconds(str(served["notAfter"])) - time.time())


def judge(domain: str, seconds: float) -> Verdict:
    days = seconds / DAY
    if days <= 0:
        return failure(NAME, f"{domain}: ended {-days:.0f} days ago", "dockyard up")
    evidence = f"{domain}: {days:.0f} days left"
    return warning(NAME, evidence, "dockyard up") if days < SOON else ok(NAME, evidence)
