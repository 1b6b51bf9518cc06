"""The stack's configuration as the arguments of a registry. Every error names its key."""

import re
from collections.abc import Mapping
from typing import Any, cast

import pulumi
from dockyard import ArgsError, SelfHostedRegistryArgs
from dockyard.errors import Problem, ProblemsError

TEXTS = ("domain", "runtime", "storage", "memoryLimit", "deletion")
NUMBERS = ("port", "bcryptCost", "cpuLimit")
FLAGS = ("readOnly",)
OBJECTS = ("listen", "users", "repositories", "anonymousPull", "certificate")
EMPTY = {
    "storage": "",
    "memoryLimit": "",
    "cpuLimit": 0,
    "repositories": {},
    "anonymousPull": [],
    "certificate": {},
}
"""What Pulumi.yaml gives to a setting that has no other default: as good as not given."""


def registry_args(config: pulumi.Config) -> SelfHostedRegistryArgs:
    """The arguments. Raises ArgsError for keys that there are not; what the values are worth, the component says."""
    unknown = sorted(_given(config) - {*TEXTS, *NUMBERS, *FLAGS, *OBJECTS})
    if unknown:
        hint = f"known keys: {', '.join(sorted((*TEXTS, *NUMBERS, *FLAGS, *OBJECTS)))}"
        problems = [Problem(f"{config.name}:{key}", "unknown key", hint) for key in unknown]
        raise ArgsError(ProblemsError(f"stack {pulumi.get_stack()!r}", problems))
    values: dict[str, Any] = {
        **{key: config.get(key) for key in TEXTS},
        **{key: config.get_int(key) for key in NUMBERS},
        **{key: config.get_bool(key) for key in FLAGS},
        **{key: config.get_object(key) for key in OBJECTS},
    }
    given = {
        snake_case(key): value
        for key, value in values.items()
        if value is not None and (key not in EMPTY or value != EMPTY[key])
    }
    if "certificate" in given:
        given["certificate"] = {snake_case(key): value for key, value in given["certificate"].items()}
    return cast("SelfHostedRegistryArgs", given)


def snake_case(key: str) -> str:
    """bcryptCost to bcrypt_cost."""
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", key)


def _given(config: pulumi.Config) -> set[str]:
    """The keys of this project's namespace that the stack sets."""
    settings: Mapping[str, str] = pulumi.runtime.config.CONFIG.get()
    names = (key.split(":", 1) for key in settings)
    return {name for namespace, name in names if namespace == config.name}
