"""The certificate that a server shows: its dates, its names and who has signed it."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from dockyard.doctor.target import NAME as HOST
from dockyard.doctor.target import Target
from dockyard.ops.certificate import SOON
from dockyard.ops.verdict import Verdict, failure, ok, span, warning

DATES, NAME, CHAIN = "certificate dates", "certificate name", "certificate chain"
SELF_SIGNED = ("self-signed certificate", "self signed certificate")
MISSING = ("unable to get local issuer certificate", "unable to verify the first certificate")


@dataclass(frozen=True)
class Certificate:
    """names: of the subject alternative name, which is all that clients look at."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begin: datetime.datetime
    end: datetime.datetime


def read(der: bytes) -> Certificate:
    """Raises ValueError for bytes that are none."""
    found = x509.load_der_x509_certificate(der)
    return Certificate(
        _shown(found.subject),
        _shown(found.issuer),
        _names(found),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def _shown(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def judge_dates(target: Target, found: Certificate, now: datetime.datetime, above: str = "") -> Verdict:
    """above: what OpenSSL says of the dates of the whole chain, where these dates are fine."""
    command = (
        f"openssl s_client -connect {target.endpoint} -servername {target.host} </dev/null 2>/dev/null"
        " | openssl x509 -noout -dates"
    )
    left = (found.end - now).total_seconds()
    if left <= 0:
        return failure(
            DATES, f"{found.subject}: ended {span(-left)} ago, at {found.end:%Y-%m-%d %H:%M} UTC", command
        )
    if found.begin > now:
        ahead = span((found.begin - now).total_seconds())
        evidence = (
            f"{found.subject}: begins in {ahead}, at {found.begin:%Y-%m-%d %H:%M} UTC; is a clock wrong?"
        )
        return failure(DATES, evidence, command)
    if above:
        return failure(DATES, f"a certificate above {found.subject}: {above}", command)
    evidence = f"{found.subject}: {span(left)} left"
    return warning(DATES, evidence, command) if left < SOON * 86400 else ok(DATES, evidence)


def judge_name(target: Target, found: Certificate) -> Verdict:
    if any(covers(name, target.host) for name in found.names):
        return ok(NAME, f"it names {target.host}")
    named = (
        ", ".join(found.names[:5])
        or f"nobody but in its common name ({found.subject}), which Docker does not read"
    )
    other = next((name for name in found.names if HOST.fullmatch(name)), "")
    hint = f"dockyard doctor --registry {other}:{target.number}" if other else f"{target.typed} --trace"
    return failure(NAME, f"{target.host} is not among its names: {named}", hint)


def covers(name: str, host: str) -> bool:
    """A star stands for one whole first label (RFC 6125); addresses are equal or not."""
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    except ValueError:
        pass
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    first, _, rest = host.partition(".")
    return name == host or (name == f"*.{rest}" and bool(first) and "." in rest)


def judge_chain(target: Target, found: Certificate, reason: str) -> Verdict:
    """reason: OpenSSL's, "" where the system or the authority that was given is trusted."""
    by = f"signed by {found.issuer}"
    if not reason:
        return ok(
            CHAIN, f"{by}, trusted by {'the authority that was given' if target.authority else 'this system'}"
        )
    shown = f"openssl s_client -connect {target.endpoint} -servername {target.host} -showcerts </dev/null"
    if reason in SELF_SIGNED:
        evidence = (
            f"self-signed by {found.issuer}: Docker says `x509: certificate signed by unknown authority`"
        )
    elif reason in MISSING:
        evidence = f"{by}, who is unknown here, or a certificate between is not sent ({reason})"
    else:
        evidence = f"{by}: {reason}"
    return failure(CHAIN, evidence, shown)
