"""Users with a name and a password, and what they may do: for what cannot sign in to Entra.

Registries with repository permissions (ABAC) honour them as others do. Source: "Token-based repository permissions".
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dockyard.errors import Problem
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site

ACTIONS = {
    "read": ("content/read",),
    "write": ("content/read", "content/write"),
    "delete": ("content/delete",),
    "metadata_read": ("metadata/read",),
    "metadata_write": ("metadata/write",),
}
"""Who pushes has to read: a client asks first what is there."""
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
_REPOSITORY = re.compile(rf"{_PATH}(?:/\*)?|\*")
_NAME = re.compile(r"[A-Za-z0-9-]{5,50}")
_NAME_HINT = "5 to 50 letters, digits and `-`"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class ScopeMap:
    """actions: as Azure names them, `repositories/NAME/content/read`, sorted."""

    key: str
    actions: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Token:
    """expires: when its password ends; "" for a token without one."""

    key: str
    scope_map: str
    expires: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class TokenPlan:
    scope_maps: tuple[ScopeMap, ...]
    tokens: tuple[Token, ...]


def read_tokens(reader: Reader, now: datetime | None = None) -> TokenPlan | None:
    """Reads `scope_maps` and `tokens`, each sorted by key; None without either. now: a password that ended before is refused."""
    maps = tuple(_scope_map(key, entry) for key, entry in reader.objects("scope_maps"))
    keys = [scope_map.key for scope_map in maps]
    tokens = tuple(_token(key, entry, keys, now) for key, entry in reader.objects("tokens"))
    return TokenPlan(maps, tokens) if maps or tokens else None


def _scope_map(key: str, entry: Reader) -> ScopeMap:
    if not _NAME.fullmatch(key):
        entry.problems.append(Problem(entry.path, "is not a name for a scope map", _NAME_HINT))
    repositories = Reader(entry.get("repositories"), entry.problems, entry.at("repositories"))
    actions = {action for name in repositories.values for action in _actions(name, repositories)}
    if not repositories.values:
        entry.problem("repositories", "must name at least one", "team/*: [read]")
    scope_map = ScopeMap(key, tuple(sorted(actions)), entry.text("description"))
    entry.finish()
    return scope_map


def _actions(name: str, repositories: Reader) -> set[str]:
    if not _REPOSITORY.fullmatch(name):
        hint = "a name, one that ends in `/*` for all below it, or `*` for all; `team*` and `*/api` are none"
        repositories.problem(name, "is not a repository", hint)
    allowed = repositories.texts(name)
    unknown = sorted(set(allowed) - set(ACTIONS))
    for word in unknown:
        repositories.problem(name, f"no such action: {word!r}", f"its actions: {', '.join(ACTIONS)}")
    if not allowed:
        repositories.problem(name, "must allow something", f"its actions: {', '.join(ACTIONS)}")
    return {f"repositories/{name}/{action}" for word in allowed for action in ACTIONS.get(word, ())}


def _token(key: str, entry: Reader, scope_maps: list[str], now: datetime | None) -> Token:
    if not _NAME.fullmatch(key):
        entry.problems.append(Problem(entry.path, "is not a name for a token", _NAME_HINT))
    token = Token(key, entry.text("scope_map"), entry.text("expires"), entry.boolean("enabled", True))
    entry.finish()
    if token.scope_map not in scope_maps:
        known = ", ".join(scope_maps) or "none"
        message = f"no such key in scope_maps: {token.scope_map!r}" if token.scope_map else "is required"
        entry.problem("scope_map", message, f"its keys: {known}")
    if token.expires:
        _check_end(entry, token.expires, now)
    return token


def _check_end(entry: Reader, expires: str, now: datetime | None) -> None:
    hint = "a time in RFC 3339, with its zone: 2027-06-30T00:00:00Z"
    try:
        end = datetime.fromisoformat(expires) if _TIME.fullmatch(expires) else None
    except ValueError:
        end = None
    if end is None:
        entry.problem("expires", f"is not a time: {expires!r}", hint)
    elif now is not None and end <= now:
        entry.problem("expires", f"has gone by: {expires}", "say a later time, which makes another password")


def make_tokens(
    name: str, plan: TokenPlan, site: "Site", opts: "pulumi.ResourceOptions"
) -> "dict[str, pulumi.Output[str]]":
    """The passwords, secret, by the tokens' keys, which are the user names too; a token without a password is not among them.

    Tokens are of Pulumi's classic Azure provider: azure-native can make no password, and where it changes a token it writes it whole,
    which takes the passwords away. A new password takes the place of the old one, which Azure wants gone before.
    """
    import pulumi
    import pulumi_azure_native as azure

    maps = {
        scope_map.key: azure.containerregistry.ScopeMap(
            f"{name}-scope-{scope_map.key}",
            scope_map_name=scope_map.key,
            registry_name=site.registry_name,
            resource_group_name=site.resource_group_name,
            actions=list(scope_map.actions),
            description=scope_map.description or None,
            opts=opts,
        )
        for scope_map in plan.scope_maps
    }
    passwords: dict[str, pulumi.Output[str]] = {}
    for token in plan.tokens:
        made = _make_token(name, token, maps[token.scope_map].id, site, opts)
        if made is not None:
            passwords[token.key] = pulumi.Output.secret(made)
    return passwords


def _make_token(
    name: str,
    token: Token,
    scope_map_id: "pulumi.Output[str]",
    site: "Site",
    opts: "pulumi.ResourceOptions",
) -> "pulumi.Output[str] | None":
    """The password, where the token has one."""
    import pulumi
    from pulumi_azure import containerservice

    made = containerservice.RegistryToken(
        f"{name}-token-{token.key}",
        name=token.key,
        container_registry_name=site.registry_name,
        resource_group_name=site.resource_group_name,
        scope_map_id=scope_map_id,
        enabled=token.enabled,
        opts=opts,
    )
    if not token.expires:
        return None
    secret = pulumi.ResourceOptions(delete_before_replace=True, additional_secret_outputs=["password1"])
    word = containerservice.TokenPassword(
        f"{name}-token-{token.key}-password",
        container_registry_token_id=made.id,
        password1=containerservice.TokenPasswordPassword1Args(expiry=token.expires),
        opts=pulumi.ResourceOptions.merge(opts, secret),
    )
    password: pulumi.Output[str] = word.password1.apply(lambda found: found.value or "")
    return password
