"""The settings of a self-hosted registry: frozen, checked, with every default filled in."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from dockyard.errors import Problem, ProblemsError
from dockyard.reader import Reader
from dockyard.retention import Rule
from dockyard.self_hosted.acme import Acme, read_acme
from dockyard.self_hosted.alone import LISTEN, alone, is_alone
from dockyard.self_hosted.audit import Audit, read_audit
from dockyard.self_hosted.backup import Backup, read_backup
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.certificates import certificate_problems
from dockyard.self_hosted.environment import Variables, read_environment
from dockyard.self_hosted.firewall import Firewall, read_firewall
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.images import Images, read_images
from dockyard.self_hosted.metrics import Metrics, read_metrics
from dockyard.self_hosted.reserve import Reserve, read_reserve
from dockyard.self_hosted.retention import read_rules
from dockyard.self_hosted.scrub import Scrub, read_scrub
from dockyard.self_hosted.shared import refuse_shared
from dockyard.self_hosted.status import read_status_page
from dockyard.self_hosted.storage import storage_problem
from dockyard.self_hosted.tags import TagRules, read_tag_rules
from dockyard.self_hosted.target import Ssh, read_target
from dockyard.self_hosted.traefik import front_of, with_front
from dockyard.self_hosted.upkeep import read_upkeep
from dockyard.self_hosted.users import (
    Repository,
    User,
    read_patterns,
    read_repositories,
    read_users,
    with_repositories,
)
from dockyard.self_hosted.version import Version, read_version

LOOPBACK = ("127.0.0.1", "::1")
DELETIONS = ("retain", "delete")
RUNTIMES = ("auto", *(runtime.value for runtime in Runtime))
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_SIZE = re.compile(r"[1-9][0-9]{0,6}[KMGT]?")


@dataclass(frozen=True)
class GivenCertificate:
    """A certificate chain as PEM, the leaf first. Its key is a secret and no setting."""

    certificate: str


@dataclass(frozen=True)
class Settings:
    """One registry; what each setting means, `dockyard.self_hosted.args` says."""

    domain: str
    port: int = 443
    listen: tuple[str, ...] = LOOPBACK
    users: tuple[User, ...] = ()
    repositories: tuple[Repository, ...] = ()
    anonymous_pull: frozenset[str] = frozenset()
    tags: TagRules = field(default_factory=TagRules)
    front: Front = Front.NGINX
    runtime: str = "auto"
    version: Version = field(default_factory=Version)
    images: Images = field(default_factory=Images)
    certificate: GivenCertificate | Acme | None = None
    bcrypt_cost: int = 5
    storage: str | None = None
    read_only: bool = False
    deletion: str = "retain"
    memory_limit: str = ""
    cpu_limit: int = 0
    backup: Backup | None = None
    retention: tuple[Rule, ...] | None = None
    scrub: Scrub = field(default_factory=Scrub)
    reserve: Reserve = field(default_factory=Reserve)
    firewall: Firewall | None = None
    audit: Audit = field(default_factory=Audit)
    metrics: Metrics | None = None
    time_sync: bool = True
    target: Ssh | None = None
    """None for this machine."""
    upkeep: tuple[tuple[str, int], ...] = (("inventory", 3600),)
    """Job to seconds, of those that the host runs by itself."""
    status_page: bool = True
    environment: Variables = ()
    """Further variables of a registry alone."""

    @property
    def front_image(self) -> str:
        return self.images.front_of(self.front)

    @property
    def host(self) -> str:
        """What clients type: the domain, with the port unless it is HTTPS's own. An IPv6 address stands in brackets."""
        name = f"[{self.domain}]" if ":" in self.domain else self.domain
        return name if self.port == 443 else f"{name}:{self.port}"

    @property
    def listen_addresses(self) -> tuple[str, ...]:
        """`address:port` of each address to listen on, `[::1]:443` for IPv6."""
        return tuple(f"[{ip}]:{self.port}" if ":" in ip else f"{ip}:{self.port}" for ip in self.listen)


def read_settings(values: Mapping[str, Any], subject: str, now: datetime | None = None) -> Settings:
    """Settings of plain values (snake_case keys, as `SelfHostedRegistryArgs` names them).

    Raises ProblemsError, with `subject` in its first line, for everything wrong with them.
    """
    problems: list[Problem] = []
    reader = with_front(Reader(values, problems))
    users = read_users(reader)
    repositories = read_repositories(reader, users)
    port = reader.integer("port", 443, 1, 65535)
    settings = Settings(
        domain=_domain(reader),
        port=port,
        listen=_listen(reader),
        users=with_repositories(users, repositories),
        repositories=repositories,
        anonymous_pull=read_patterns(reader, "anonymous_pull"),
        tags=read_tag_rules(reader, repositories),
        front=front_of(reader, users, repositories),
        runtime=reader.choice("runtime", "auto", RUNTIMES),
        version=read_version(reader),
        images=read_images(reader),
        bcrypt_cost=_bcrypt_cost(reader),
        storage=_storage(reader),
        read_only=reader.boolean("read_only", False),
        deletion=reader.choice("deletion", "retain", DELETIONS),
        memory_limit=_memory_limit(reader),
        cpu_limit=reader.integer("cpu_limit", 0, 1, 102400),
        time_sync=reader.boolean("time_sync", True),
        certificate=_certificate(reader, now or datetime.now(UTC)),
        **_operations(reader, port),
    )
    settings = _completed(reader, settings)
    refuse_shared(reader, "ci_trust", "tags", "pull", "push")
    if not users and not problems:
        reader.problem("users", "at least one user is needed", 'for example {"ci": {"push": ["**"]}}')
    reader.finish()
    if problems:
        raise ProblemsError(subject, sorted(problems, key=lambda problem: problem.path))
    return settings


def _completed(reader: Reader, settings: Settings) -> Settings:
    """With what hangs on other settings."""
    settings = replace(
        settings,
        target=read_target(reader, settings.listen, settings.domain),
        environment=read_environment(reader, settings.front, settings.version.major),
    )
    return alone(reader, settings) if settings.front is Front.NONE else settings


def _operations(reader: Reader, port: int) -> dict[str, Any]:
    """What the host does with the images."""
    backup, retention = read_backup(reader), read_rules(reader)
    upkeep = read_upkeep(reader, backup is not None, bool(retention))
    return {
        "backup": backup,
        "retention": retention,
        "scrub": read_scrub(reader),
        "reserve": read_reserve(reader),
        "firewall": read_firewall(reader),
        "audit": read_audit(reader),
        "metrics": read_metrics(reader, port),
        "upkeep": upkeep,
        "status_page": read_status_page(reader, dict(upkeep).get("inventory", 0), not is_alone(reader)),
    }


def _domain(reader: Reader) -> str:
    domain = reader.text("domain").lower()
    if reader.get("domain") in (None, ""):
        reader.problem("domain", "is required", "the DNS name or address that clients will type")
    elif domain and not _is_address(domain) and not _DOMAIN.fullmatch(domain):
        reader.problem("domain", f"is neither a DNS name nor an IP address: {domain!r}")
    return _canonical(domain)


def _listen(reader: Reader) -> tuple[str, ...]:
    addresses = reader.texts("listen", LISTEN if is_alone(reader) else LOOPBACK)
    for index, address in enumerate(addresses):
        if not _is_address(address):
            hint = 'an address of this host, or "0.0.0.0" and "::" for all of them'
            reader.problem(f"listen/{index}", f"is not an IP address: {address!r}", hint)
    if not addresses:
        reader.problem("listen", "must name at least one address")
    canonical = tuple(map(_canonical, addresses))
    if len(set(canonical)) != len(canonical):
        reader.problem("listen", "names an address twice")
    return canonical


def _canonical(text: str) -> str:
    """An IP address in its usual spelling; any other text as it is."""
    return str(ipaddress.ip_address(text)) if _is_address(text) else text


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _bcrypt_cost(reader: Reader) -> int:
    hint = (
        "passwords are generated with 160 bits, so a higher cost adds no safety; each step doubles what a sign-in costs,"
        " and at 12 one core checks five passwords a second"
    )
    return reader.integer("bcrypt_cost", 5, 4, 10, hint)


def _storage(reader: Reader) -> str | None:
    path = reader.text("storage")
    if path and (message := storage_problem(path)):
        reader.problem("storage", message, "a folder of its own, such as /srv/registry")
    return path or None


def _memory_limit(reader: Reader) -> str:
    limit = reader.text("memory_limit")
    if limit and not _SIZE.fullmatch(limit):
        reader.problem(
            "memory_limit", f"is not a size: {limit!r}", "bytes, or a number with K, M, G or T: 512M"
        )
    return limit


def _certificate(reader: Reader, now: datetime) -> GivenCertificate | Acme | None:
    """One of the three ways: an own authority, the pair, ACME."""
    given = reader.get("certificate")
    if given is None:
        return None
    pair = Reader(given, reader.problems, "certificate")
    if pair.get("acme") is not None:
        return _acme(reader, pair)
    certificate, private_key = pair.text("certificate"), pair.text("private_key")
    pair.finish()
    for key, value in (("certificate", certificate), ("private_key", private_key)):
        if not value and pair.get(key) in (None, ""):
            pair.problem(
                key,
                "is required",
                "give both, or `acme`, or leave `certificate` out for one that is made and renewed for you",
            )
    if certificate and private_key:
        reader.problems += certificate_problems(certificate, private_key, reader.text("domain"), now)
    return GivenCertificate(certificate)


def _acme(reader: Reader, pair: Reader) -> Acme:
    for key in ("certificate", "private_key"):
        if pair.get(key) not in (None, ""):
            pair.problem(key, "is given beside acme", "give the pair or acme, not both")
    quiet = Reader(reader.values, [])
    acme = read_acme(pair, _domain(quiet), _listen(quiet), quiet.integer("port", 443, 1, 65535))
    pair.finish()
    return acme
