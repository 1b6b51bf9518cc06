"""How a stack sets up its policies: levels and thresholds, in the form of the CLI's `--policy-pack-config` files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from dockyard.errors import Problem, ProblemsError

ALL = "all"
LEVEL = "enforcementLevel"


class Level(StrEnum):
    """What a violation does."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy of a pack, as the pack describes it. schema: of its thresholds, by their names (JSON schema)."""

    name: str
    description: str
    level: Level
    schema: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """What a policy is told before it judges."""

    level: Level
    thresholds: Mapping[str, Any]


def configured(policies: Sequence[Policy], given: Any, path: str) -> dict[str, Setup]:
    """Every policy's level and thresholds by its name, those that are not given as the pack has them.

    given: `{"all": LEVEL, "POLICY": LEVEL or {"enforcementLevel": LEVEL, "THRESHOLD": value}}`. Raises ProblemsError.
    """
    problems: list[Problem] = []
    if not isinstance(given, Mapping):
        raise ProblemsError("policies", [Problem(path, f"must be an object, got {given!r}")])
    known = {policy.name: policy for policy in policies}
    for name in sorted(set(given) - set(known) - {ALL}):
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else "`dockyard check --json` names those that there are"
        problems.append(Problem(f"{path}/{name}", "there is no such policy", hint))
    default = _level(given[ALL], f"{path}/{ALL}", problems) if ALL in given else None
    setups = {}
    for name, policy in known.items():
        value = given.get(name)
        own = dict(value) if isinstance(value, Mapping) else {} if value is None else {LEVEL: value}
        level = _level(own.pop(LEVEL), f"{path}/{name}", problems) if LEVEL in own else None
        problems += _wrong(policy, own, f"{path}/{name}")
        setups[name] = Setup(level or default or policy.level, {**_defaults(policy), **own})
    if problems:
        raise ProblemsError("policies", problems)
    return setups


def _level(value: Any, path: str, problems: list[Problem]) -> Level | None:
    try:
        return Level(value)
    except ValueError:
        problems.append(Problem(path, f"is no level: {value!r}", f"one of {', '.join(Level)}"))
        return None


def _defaults(policy: Policy) -> dict[str, Any]:
    return {name: schema["default"] for name, schema in policy.schema.items() if "default" in schema}


def _wrong(policy: Policy, given: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not given and not policy.required:
        return
    from jsonschema import Draft7Validator  # here: most stacks set no threshold, and it takes a while to load

    for name in sorted(set(given) - set(policy.schema)):
        hint = f"thresholds: {', '.join(sorted(policy.schema))}" if policy.schema else "it has none"
        yield Problem(f"{path}/{name}", "there is no such threshold", hint)
    for name in sorted(set(given) & set(policy.schema)):
        for error in Draft7Validator(policy.schema[name]).iter_errors(given[name]):
            at = "/".join(str(part) for part in (name, *error.absolute_path))
            yield Problem(f"{path}/{at}", error.message)
    for name in sorted(set(policy.required) - set(given) - set(_defaults(policy))):
        yield Problem(f"{path}/{name}", "is required")
