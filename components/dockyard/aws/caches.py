"""Pull-through caches (Amazon ECR User Guide, "Sync an upstream registry with an Amazon ECR private registry")."""

import re
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import ROLE, read_matching, read_members, union
from dockyard.aws.templates import is_prefix
from dockyard.errors import Problem
from dockyard.reader import Reader

SHORTEST_PREFIX, LONGEST_PREFIX = 2, 30
HOSTS = {
    "ecr-public": "public.ecr.aws",
    "quay": "quay.io",
    "k8s": "registry.k8s.io",
    "docker-hub": "registry-1.docker.io",
    "ghcr": "ghcr.io",
    "gitlab": "registry.gitlab.com",
    "chainguard": "cgr.dev",
}
UPSTREAMS = ("ecr", *HOSTS, "acr")
WITH_LOGIN = ("docker-hub", "ghcr", "acr", "gitlab", "chainguard")
"""Upstreams that ECR cannot pull from without a secret. The others it cannot give one to."""
SECRET_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 -- what the names of secrets begin with
_OWN_HOSTS = {
    "ecr": (
        re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"),
        "ACCOUNT.dkr.ecr.REGION.amazonaws.com",
    ),
    "acr": (re.compile(r"[a-zA-Z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.io"), "NAME.azurecr.io"),
}
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:(.*)")
_SECRET_NAME = re.compile(r"ecr-pullthroughcache/[a-zA-Z0-9/_+=.@-]+")


@dataclass(frozen=True)
class Cache:
    """One cache. Credentials and principals may be Outputs, as they were given."""

    prefix: str
    host: str
    upstream_prefix: str
    role_arn: Any
    credential_arn: Any
    username: Any
    access_token: Any
    pull: tuple[Any, ...]

    @property
    def makes_secret(self) -> bool:
        return self.access_token is not None


def read_caches(reader: Reader, region: str = "") -> tuple[Cache, ...]:
    """What stands under `pull_through_cache`. region: the registry's own, "" where it is not known."""
    return tuple(_cache(prefix, entry, region) for prefix, entry in reader.objects("pull_through_cache"))


def _cache(prefix: str, entry: Reader, region: str) -> Cache:
    if not is_prefix(prefix, SHORTEST_PREFIX, LONGEST_PREFIX):
        hint = f"{SHORTEST_PREFIX} to {LONGEST_PREFIX} lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
        entry.problems.append(Problem(entry.path, "is not a prefix of a cache", f"{hint}, or ROOT"))
    upstream = entry.text("upstream")
    if upstream not in UPSTREAMS:
        entry.problem("upstream", f"must be one of {', '.join(UPSTREAMS)}, got {upstream!r}")
    cache = Cache(
        prefix=prefix,
        host=_host(entry, upstream),
        upstream_prefix=_for_ecr(entry, upstream, "upstream_prefix", entry.text("upstream_prefix")),
        role_arn=_for_ecr(
            entry, upstream, "role_arn", read_matching(entry, "role_arn", ROLE, "a role's ARN")
        ),
        credential_arn=_credential(entry, region),
        username=_leaf(entry, "username"),
        access_token=_leaf(entry, "access_token"),
        pull=union((), read_members(entry, "pull")),
    )
    if cache.upstream_prefix and not is_prefix(cache.upstream_prefix, SHORTEST_PREFIX, LONGEST_PREFIX):
        entry.problem("upstream_prefix", f"is not a prefix: {cache.upstream_prefix!r}", "2 to 30 characters")
    if upstream in UPSTREAMS:
        _check_login(entry, upstream, cache)
    entry.finish()
    return cache


def _host(entry: Reader, upstream: str) -> str:
    url = entry.text("url")
    if upstream not in _OWN_HOSTS:
        if url:
            entry.problem("url", f"is fixed for {upstream}", "leave it out")
        return HOSTS.get(upstream, "")
    pattern, shape = _OWN_HOSTS[upstream]
    if not pattern.fullmatch(url):
        entry.problem("url", f"is not the host of such a registry: {url!r}", shape)
    return url


def _for_ecr(entry: Reader, upstream: str, key: str, value: Any) -> Any:
    if value and upstream != "ecr":
        entry.problem(key, "is for ecr alone", "leave it out")
    return value


def _credential(entry: Reader, region: str) -> Any:
    arn = read_matching(
        entry, "credential_arn", _SECRET, "the ARN of a secret", "a secret of Secrets Manager"
    )
    found = _SECRET.fullmatch(arn) if isinstance(arn, str) else None
    if found and not _SECRET_NAME.fullmatch(found[1]):
        entry.problem(
            "credential_arn", f"ECR takes secrets of other names only: {found[1]!r}", f"{SECRET_PREFIX}…"
        )
    elif found and region and arn.split(":")[3] != region:
        entry.problem("credential_arn", "is in another region", f"make the secret in {region}")
    return arn


def _leaf(entry: Reader, key: str) -> Any:
    """Never shown: it may be a password."""
    value = entry.get(key)
    if value is not None and (value == "" or isinstance(value, (bool, int, float, list, dict))):
        entry.problem(key, "must be text that is not empty")
    return value


def _check_login(entry: Reader, upstream: str, cache: Cache) -> None:
    pair = (cache.username is not None, cache.access_token is not None)
    given = any(pair) or entry.get("credential_arn") is not None
    if upstream not in WITH_LOGIN:
        if given:
            hint = "use role_arn" if upstream == "ecr" else "leave it out, its public images need none"
            entry.problem("credential_arn", f"ECR gives no credentials to {upstream}", hint)
    elif not given:
        hint = "credential_arn, or username and access_token"
        entry.problem("credential_arn", f"{upstream} needs a login", hint)
    elif any(pair) and entry.get("credential_arn") is not None:
        entry.problem("credential_arn", "does not go together with username and access_token", "one of them")
    elif any(pair) and not all(pair):
        missing = "access_token" if pair[0] else "username"
        entry.problem(missing, "is missing", "username and access_token belong together")
