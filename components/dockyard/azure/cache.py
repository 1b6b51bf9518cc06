"""Repositories that are fetched from other registries on their first pull."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from dockyard.azure.ids import check_key, read_id
from dockyard.later import is_later
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi
    import pulumi_azure_native as azure

    from dockyard.azure.site import Site

MOST = 1000
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
"""Key Vault Secrets User."""
DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
ANONYMOUS = ("mcr.microsoft.com", "public.ecr.aws")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::[0-9]+)?")
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
_TARGET = re.compile(rf"{_PATH}(?:/\*)?|\*")
_SECRET = re.compile(r"https://[^/\s]+/secrets/[^/\s]+(?:/[^/\s]+)?")
_SECRET_SHAPE = "https://VAULT.vault.azure.net/secrets/NAME"  # noqa: S105 -- where a secret is, not what it is


@dataclass(frozen=True)
class Credentials:
    """A login; what is `Any` may be known during the deployment only."""

    key: str
    login_server: str
    username_secret: Any
    password_secret: Any
    vault_id: Any = None


@dataclass(frozen=True)
class CacheRule:
    """credentials: key of a login; "" for none."""

    key: str
    source: str
    target: str
    credentials: str = ""

    @property
    def host(self) -> str:
        return self.source.partition("/")[0]

    def overlaps(self, other: "CacheRule") -> bool:
        """A rule for one repository may lie below one for many, which it goes before; two for many may not lie in each other."""
        if self.target == other.target:
            return True
        if not (self.target.endswith("*") and other.target.endswith("*")):
            return False
        mine, theirs = self.target.removesuffix("*"), other.target.removesuffix("*")
        return mine.startswith(theirs) or theirs.startswith(mine)


@dataclass(frozen=True)
class CachePlan:
    rules: tuple[CacheRule, ...]
    credentials: tuple[Credentials, ...]


def read_cache(reader: Reader) -> CachePlan | None:
    """Reads `cache` and `cache_credentials`, each sorted by key; None without either.

    Sources: "Artifact cache"; "Wildcard support for artifact cache"; "Enable artifact cache with Azure CLI".
    """
    logins = tuple(_login(key, entry) for key, entry in reader.objects("cache_credentials"))
    servers = {login.key: login.login_server for login in logins}
    rules = tuple(_rule(key, entry, servers) for key, entry in reader.objects("cache"))
    for one, other in combinations(rules, 2):
        if one.target and one.overlaps(other):
            hint = "Azure takes no two rules for the same repositories"
            reader.problem(
                f"cache/{other.key}/target", f"overlaps with that of {one.key!r}: {one.target!r}", hint
            )
    if len(rules) > MOST:
        reader.problem("cache", f"must be {MOST} at most, got {len(rules)}")
    return CachePlan(rules, logins) if rules or logins else None


def _login(key: str, entry: Reader) -> Credentials:
    check_key(key, entry)
    login = Credentials(
        key,
        entry.text("login_server"),
        _secret(entry, "username_secret"),
        _secret(entry, "password_secret"),
        read_id(entry, "vault_id", "Microsoft.KeyVault/vaults/{0}"),
    )
    entry.finish()
    if not _HOST.fullmatch(login.login_server):
        entry.problem(
            "login_server", f"is not a registry: {login.login_server!r}", "docker.io, ghcr.io, quay.io"
        )
    words = [login.username_secret, login.password_secret]
    vaults = {word.partition("/secrets/")[0].lower() for word in words if isinstance(word, str)}
    if login.vault_id is not None and len(vaults) > 1:
        hint = "vault_id is one vault: put both secrets into it, or leave vault_id out and let it read both yourself"
        entry.problem("password_secret", "is in another vault than username_secret", hint)
    return login


def _secret(entry: Reader, key: str) -> Any:
    """Where a secret is; None for what is not that. It may be the secret itself, so nothing repeats it."""
    value = entry.get(key)
    if is_later(value) or (isinstance(value, str) and _SECRET.fullmatch(value)):
        return value
    entry.problem(key, "is required" if value is None else "is not where a secret is", _SECRET_SHAPE)
    return None


def _rule(key: str, entry: Reader, servers: dict[str, str]) -> CacheRule:
    check_key(key, entry)
    rule = CacheRule(key, entry.text("source"), entry.text("target"), entry.text("credentials"))
    entry.finish()
    host, _, path = rule.source.partition("/")
    if not _HOST.fullmatch(host) or not _TARGET.fullmatch(path):
        hint = "a registry and a repository, or all below it: docker.io/library/*"
        entry.problem("source", f"is not something to cache: {rule.source!r}", hint)
    elif not _TARGET.fullmatch(rule.target):
        entry.problem(
            "target", f"is not a repository: {rule.target!r}", "dotnet/runtime, or hub/* for all below it"
        )
    elif rule.source.endswith("*") != rule.target.endswith("*"):
        hint = "one repository is cached as one, and all below it as all below another: hub/*"
        entry.problem("target", "and source must both end in /*, or neither", hint)
    _check_login(entry, rule, servers)
    return rule


def _check_login(entry: Reader, rule: CacheRule, servers: dict[str, str]) -> None:
    if not rule.credentials:
        if rule.host in DOCKER_HUB:
            hint = "Docker Hub is cached with a login only: name a key of cache_credentials"
            entry.problem("credentials", "is required for Docker Hub", hint)
        return
    server = servers.get(rule.credentials)
    if server is None:
        known = ", ".join(servers) or "none"
        entry.problem(
            "credentials", f"no such key in cache_credentials: {rule.credentials!r}", f"its keys: {known}"
        )
    elif rule.host in ANONYMOUS:
        entry.problem(
            "credentials",
            f"does not go with {rule.host}",
            "Azure caches it without a login only: leave it out",
        )
    elif server != rule.host and not {server, rule.host} <= set(DOCKER_HUB):
        entry.problem(
            "credentials", f"is a login at {server}, and source is at {rule.host}", "name another one"
        )


def make_cache(
    name: str, plan: CachePlan, site: "Site", opts: "pulumi.ResourceOptions"
) -> "list[azure.containerregistry.CacheRule]":
    """The rules, each after what its login needs: a rule that cannot read the words fails at the first pull, not here."""
    import pulumi
    import pulumi_azure_native as azure

    sets: dict[str, azure.containerregistry.CredentialSet] = {}
    ready: dict[str, Sequence[pulumi.Resource]] = {}
    for login in plan.credentials:
        sets[login.key], ready[login.key] = _make_login(name, login, site, opts)
    return [
        azure.containerregistry.CacheRule(
            f"{name}-cache-{rule.key}",
            cache_rule_name=f"cache-{rule.key}",
            registry_name=site.registry_name,
            resource_group_name=site.resource_group_name,
            source_repository=rule.source,
            target_repository=rule.target,
            credential_set_resource_id=sets[rule.credentials].id if rule.credentials else None,
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=list(ready.get(rule.credentials, ())))
            ),
        )
        for rule in plan.rules
    ]


def _make_login(
    name: str, login: Credentials, site: "Site", opts: "pulumi.ResourceOptions"
) -> "tuple[azure.containerregistry.CredentialSet, list[pulumi.Resource]]":
    import pulumi_azure_native as azure

    from dockyard.azure.roles import assign, principal_of

    made = azure.containerregistry.CredentialSet(
        f"{name}-login-{login.key}",
        credential_set_name=f"login-{login.key}",
        registry_name=site.registry_name,
        resource_group_name=site.resource_group_name,
        login_server=login.login_server,
        identity=azure.containerregistry.IdentityPropertiesArgs(
            type=azure.containerregistry.ResourceIdentityType.SYSTEM_ASSIGNED
        ),
        auth_credentials=[
            azure.containerregistry.AuthCredentialArgs(
                name=azure.containerregistry.CredentialName.CREDENTIAL1,
                username_secret_identifier=login.username_secret,
                password_secret_identifier=login.password_secret,
            )
        ],
        opts=opts,
    )
    if login.vault_id is None:
        return made, []
    principal = principal_of(made.identity)
    return made, [assign(f"{name}-login-{login.key}-vault", login.vault_id, principal, SECRETS_USER, opts)]
