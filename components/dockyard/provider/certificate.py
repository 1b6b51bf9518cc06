"""Certificate: an authority or a server certificate, kept in the state until it must change."""

import datetime
import ipaddress
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dockyard.engine.values import UNKNOWN, Secret
from dockyard.engine.wire import has_unknown
from dockyard.engine.wire import unwrap as plain
from dockyard.errors import DockyardError, Problem
from dockyard.provider.credential import differs, is_whole
from dockyard.provider.resource import Call, Change, Difference, Properties

if TYPE_CHECKING:
    from dockyard.provider.x509 import Subject

INPUTS = (
    "commonName",
    "dnsNames",
    "ipAddresses",
    "isAuthority",
    "validityDays",
    "renewBeforeDays",
    "issuerCertificate",
    "issuerPrivateKey",
)
DEFAULTS: dict[str, Any] = {
    "dnsNames": [],
    "ipAddresses": [],
    "isAuthority": False,
    "validityDays": 90.0,
    "renewBeforeDays": 30.0,
}
# What the certificate itself says; the other inputs only steer its renewal.
CONTENT = tuple(key for key in INPUTS if key != "renewBeforeDays")
SERVER_DAYS = 397
"""Apple's limit for server certificates is 398 days: https://support.apple.com/102028"""
AUTHORITY_DAYS = 7300
DNS_NAME = re.compile(
    r"(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE
)
OUTPUTS = ("certificate", "privateKey", "notAfter")


def utc_now() -> datetime.datetime:
    """The time, to the second, as certificates have it."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def renewal_due(properties: Properties, now: datetime.datetime) -> bool:
    """Whether a certificate with these outputs should be issued again: its renewal time has come and a new one would last
    longer (an issuer that ends as early as the certificate must be renewed first)."""
    end = datetime.datetime.fromisoformat(plain(properties["notAfter"]))
    if now <= end - datetime.timedelta(days=int(plain(properties["renewBeforeDays"]))):
        return False
    latest = now + datetime.timedelta(days=int(plain(properties["validityDays"])))
    if issuer := plain(properties.get("issuerCertificate")):
        from cryptography import x509

        latest = min(latest, x509.load_pem_x509_certificate(issuer.encode()).not_valid_after_utc)
    return latest > end


class Certificate:
    """Issues; the clock is a parameter, so that a test can let years go by."""

    def __init__(self, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._now = now

    def check(self, call: Call, news: Properties) -> list[Problem]:
        for key, value in DEFAULTS.items():
            news.setdefault(key, value)
        problems = [Problem(key, "unknown property") for key in news if key not in INPUTS]
        known = {key: plain(value) for key, value in news.items() if not has_unknown(value)}
        if "commonName" in known or "commonName" not in news:
            problems += _check_name(known)
        problems += _check_alternatives(known)
        problems += _check_days(known)
        return problems + _check_issuer(known, set(news))

    def diff(self, call: Call, id_: str, olds: Properties, news: Properties) -> Difference:
        changes = {key: Change.UPDATE for key in INPUTS if differs(olds, news, key)}
        if "isAuthority" in changes:
            changes["isAuthority"] = Change.UPDATE_REPLACE
        if not changes and renewal_due(olds, self._now()):
            call.log(f"{call.name}: ends {olds['notAfter']}, renewing it", False)
            changes["notAfter"] = Change.UPDATE
        return Difference(changes)

    def create(self, call: Call, news: Properties, preview: bool) -> tuple[str, Properties]:
        if preview or has_unknown(news):
            return "", {**news, **_unknown()}
        return plain(news["commonName"]), self._issue(news, None)

    def update(self, call: Call, id_: str, olds: Properties, news: Properties, preview: bool) -> Properties:
        again = any(differs(olds, news, key) for key in CONTENT) or renewal_due({**olds, **news}, self._now())
        if not again:
            return {**news, **{key: olds[key] for key in OUTPUTS}}
        if preview or has_unknown(news):
            return {**news, **_unknown()}
        # An authority keeps its key: what it has signed stays valid, and so does the trust in it.
        return self._issue(news, plain(olds["privateKey"]) if plain(news["isAuthority"]) else None)

    def read(self, call: Call, id_: str, outputs: Properties) -> Properties:
        return outputs

    def delete(self, call: Call, id_: str, outputs: Properties) -> None:
        """The state holds all there is of it."""

    def _issue(self, news: Properties, old_key: str | None) -> Properties:
        from cryptography.hazmat.primitives.serialization import Encoding

        from dockyard.provider import x509

        inputs = plain(news)
        days, now = int(inputs["validityDays"]), self._now()
        key = x509.load_key(old_key) if old_key else x509.new_key()
        if inputs["isAuthority"]:
            certificate = x509.authority(_subject(inputs), days, now, key)
        else:
            issuer = x509.load_issuer(inputs["issuerCertificate"], inputs["issuerPrivateKey"])
            if issuer.certificate.not_valid_after_utc <= now:
                raise DockyardError("issuerCertificate has expired", "renew the authority first")
            certificate = x509.server(_subject(inputs), days, now, key, issuer)
        return {
            **news,
            "certificate": certificate.public_bytes(Encoding.PEM).decode(),
            "privateKey": Secret(x509.key_pem(key)),
            "notAfter": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _subject(inputs: Properties) -> "Subject":
    from dockyard.provider.x509 import Subject

    return Subject(inputs["commonName"], tuple(inputs["dnsNames"]), tuple(inputs["ipAddresses"]))


def _unknown() -> Properties:
    return {"certificate": UNKNOWN, "privateKey": Secret(UNKNOWN), "notAfter": UNKNOWN}


def _check_name(known: Properties) -> list[Problem]:
    name = known.get("commonName", "")
    if not isinstance(name, str) or not name or not name.isprintable():
        return [Problem("commonName", f"must be a text of printable characters, got {name!r}")]
    if known.get("isAuthority") is True and len(name) > 64:
        return [Problem("commonName", f"must have at most 64 characters, got {len(name)}")]
    return []


def _check_alternatives(known: Properties) -> list[Problem]:
    problems = []
    for key in ("dnsNames", "ipAddresses"):
        values = known.get(key, [])
        if not isinstance(values, list):
            problems.append(Problem(key, f"must be a list, got {values!r}"))
            continue
        for index, value in enumerate(values):
            if not (_is_dns_name(value) if key == "dnsNames" else _is_address(value)):
                kind = "a DNS name" if key == "dnsNames" else "an IP address"
                problems.append(Problem(f"{key}[{index}]", f"must be {kind}, got {value!r}"))
    if known.get("isAuthority") is False and known.get("dnsNames") == [] == known.get("ipAddresses"):
        problems.append(Problem("dnsNames", "a server certificate needs a name here or in ipAddresses"))
    return problems


def _check_days(known: Properties) -> list[Problem]:
    problems = []
    limit = AUTHORITY_DAYS if known.get("isAuthority") else SERVER_DAYS
    days, before = known.get("validityDays", 1), known.get("renewBeforeDays", 0)
    if not is_whole(days) or not 1 <= days <= limit:
        problems.append(Problem("validityDays", f"must be a whole number from 1 to {limit}, got {days!r}"))
    elif not is_whole(before) or not 0 <= before < days:
        rule = "must be a whole number from 0 to less than validityDays"
        problems.append(Problem("renewBeforeDays", f"{rule}, got {before!r}"))
    return problems


def _check_issuer(known: Properties, given: set[str]) -> list[Problem]:
    parts = [key for key in ("issuerCertificate", "issuerPrivateKey") if key in given]
    is_authority = known.get("isAuthority")
    if not isinstance(is_authority, bool | None):
        return [Problem("isAuthority", f"must be true or false, got {is_authority!r}")]
    if is_authority and parts:
        return [Problem(parts[0], "an authority signs itself: leave it out")]
    if is_authority is False and len(parts) < 2:
        return [
            Problem("issuerCertificate", "a server certificate needs issuerCertificate and issuerPrivateKey")
        ]
    if is_authority is not False or not all(key in known for key in parts):
        return []
    from dockyard.provider.x509 import load_issuer

    try:
        load_issuer(*(str(known[key]) for key in parts))
    except ValueError as error:
        return [Problem("issuerCertificate", str(error))]
    return []


def _is_dns_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 253 and DNS_NAME.fullmatch(value) is not None


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True
