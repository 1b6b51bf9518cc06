"""The stack's configuration as a registry and its arguments. Every error names its key."""

import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

import dockyard
import pulumi
from dockyard import ArgsError
from dockyard.errors import DockyardError, Problem, ProblemsError

KINDS = {
    "self-hosted": "SelfHostedRegistry",
    "acr": "AcrRegistry",
    "ecr": "EcrRegistry",
    "gar": "GarRegistry",
}
"""What `kind` may be, and the component that it stands for."""
TEXTS = ("domain", "front", "runtime", "version", "program", "storage", "memoryLimit", "deletion", "reserve")
NUMBERS = ("port", "bcryptCost", "cpuLimit")
FLAGS = ("readOnly", "immutableTags", "statusPage", "timeSync")
OBJECTS = (
    "listen",
    "users",
    "repositories",
    "anonymousPull",
    "certificate",
    "images",
    "backup",
    "retention",
    "scrub",
    "upkeep",
    "firewall",
    "tagRules",
    "audit",
    "metrics",
    "upgrade",
    "target",
    "environment",
)
OWN = (*TEXTS, *NUMBERS, *FLAGS, *OBJECTS)
"""Keys of a self-hosted registry. Those of the clouds' registries stand in `options`."""
DEFAULTS: dict[str, Any] = {
    "domain": "",
    "port": 443,
    "listen": ["127.0.0.1", "::1"],
    "users": {},
    "repositories": {},
    "anonymousPull": [],
    "certificate": {},
    "front": "nginx",
    "environment": {},
    "runtime": "auto",
    "version": "2",
    "images": {},
    "program": "",
    "upgrade": {},
    "storage": "",
    "bcryptCost": 5,
    "readOnly": False,
    "immutableTags": False,
    "tagRules": {},
    "memoryLimit": "",
    "cpuLimit": 0,
    "backup": {},
    "retention": {},
    "scrub": {},
    "upkeep": {},
    "reserve": "5%",
    "firewall": {},
    "statusPage": True,
    "audit": {},
    "metrics": {},
    "timeSync": True,
    "target": {},
    "deletion": "retain",
}
"""What Pulumi.yaml gives to a key that the stack leaves out."""
NOTHING = (
    "listen",
    "reserve",
    "statusPage",
    "environment",
    "program",
    "upgrade",
    "storage",
    "memoryLimit",
    "cpuLimit",
    "repositories",
    "anonymousPull",
    "certificate",
    "images",
    "backup",
    "retention",
    "scrub",
    "upkeep",
    "firewall",
    "tagRules",
    "audit",
    "metrics",
    "target",
    "reserve",
    "statusPage",
)
"""Keys whose default is as good as not given."""


class Choice(NamedTuple):
    """A registry's class and arguments."""

    component: type[Any]
    args: dict[str, Any]


def choose(config: pulumi.Config) -> Choice:
    """Which registry the stack wants. Raises ArgsError for keys that there are not; what the values are worth, the component says."""
    kind = config.get("kind") or "self-hosted"
    options = config.get_object("options") or {}
    values = {key: value for key, value in _own(config).items() if value is not None}
    problems = list(_problems(config, kind, options, values))
    if problems:
        raise ArgsError(ProblemsError(f"stack {pulumi.get_stack()!r}", problems))
    name = KINDS[kind]
    if kind == "self-hosted":
        options = {
            key: value for key, value in values.items() if key not in NOTHING or value != DEFAULTS[key]
        }
    try:
        component = getattr(dockyard, name)
    except ModuleNotFoundError as error:
        raise ArgsError(DockyardError(str(error))) from None
    return Choice(component, dockyard.snake_args(options, getattr(dockyard, f"{name}Args")))


def _own(config: pulumi.Config) -> dict[str, Any]:
    return {
        **{key: config.get(key) for key in TEXTS},
        **{key: config.get_int(key) for key in NUMBERS},
        **{key: config.get_bool(key) for key in FLAGS},
        **{key: config.get_object(key) for key in OBJECTS},
    }


def _problems(
    config: pulumi.Config, kind: str, options: object, values: Mapping[str, Any]
) -> typing.Iterator[Problem]:
    known = ("kind", "options", *OWN)
    for key in sorted(_given(config) - set(known)):
        yield Problem(f"{config.name}:{key}", "unknown key", f"known keys: {', '.join(sorted(known))}")
    if kind not in KINDS:
        yield Problem(f"{config.name}:kind", f"must be one of {', '.join(KINDS)}, got {kind!r}")
    elif kind == "self-hosted" and options:
        hint = "a self-hosted registry's settings are keys of their own, such as registry:domain"
        yield Problem(f"{config.name}:options", "is for the clouds' registries", hint)
    elif kind != "self-hosted":
        for key in sorted(key for key, value in values.items() if value != DEFAULTS[key]):
            hint = f"put what {KINDS[kind]} takes into {config.name}:options"
            yield Problem(f"{config.name}:{key}", "is for self-hosted registries", hint)


def _given(config: pulumi.Config) -> set[str]:
    """The keys of this project's namespace that the stack sets."""
    settings: Mapping[str, str] = pulumi.runtime.config.CONFIG.get()
    names = (key.split(":", 1) for key in settings)
    return {name for namespace, name in names if namespace == config.name}
