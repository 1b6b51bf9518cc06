"""Whether a certificate and its key, given as PEM, can serve a registry."""

import ipaddress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dockyard.errors import Problem

PATH = "certificate"


def certificate_problems(certificate: str, private_key: str, domain: str, now: datetime) -> list[Problem]:
    """Everything wrong with the pair for clients that type `domain` at the time `now` (aware of its zone)."""
    problems: list[Problem] = []
    try:
        leaf = x509.load_pem_x509_certificates(certificate.encode())[0]
    except ValueError:
        problems.append(
            Problem(f"{PATH}/certificate", "is no PEM certificate", "give the chain, the leaf first")
        )
        leaf = None
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        hint = "give the unencrypted key in PEM form"
        problems.append(Problem(f"{PATH}/private_key", "is no PEM private key without a passphrase", hint))
        key = None
    if leaf is None:
        return problems
    problems += _validity_problems(leaf, now)
    if not _names(leaf, domain):
        problems.append(
            Problem(f"{PATH}/certificate", f"is not for {domain}", "its subjectAltName must hold the domain")
        )
    if key is not None and key.public_key() != leaf.public_key():
        problems.append(Problem(f"{PATH}/private_key", "does not belong to the certificate"))
    return problems


def _validity_problems(leaf: x509.Certificate, now: datetime) -> list[Problem]:
    path = f"{PATH}/certificate"
    if leaf.not_valid_after_utc <= now:
        return [Problem(path, f"expired on {_day(leaf.not_valid_after_utc)}")]
    if leaf.not_valid_before_utc > now:
        return [
            Problem(
                path,
                f"is not valid before {_day(leaf.not_valid_before_utc)}",
                "check the clock of this machine",
            )
        ]
    return []


def _names(leaf: x509.Certificate, domain: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(domain) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return any(_covers(name.lower(), domain.lower()) for name in names.get_values_for_type(x509.DNSName))


def _covers(name: str, domain: str) -> bool:
    """A wildcard stands for the whole leftmost label and nothing else (RFC 9525 section 6.3)."""
    if name.startswith("*."):
        return domain.partition(".")[2] == name[2:]
    return name == domain


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
