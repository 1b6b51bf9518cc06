"""What a rule is."""

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dockyard.checks.tokens import canonical

Properties = Mapping[str, Any]
Config = Mapping[str, Any]


def switch(description: str, default: bool = False) -> dict[str, Any]:
    """The schema of a threshold that is on or off."""
    return {"type": "boolean", "default": default, "description": description}


def names(description: str) -> dict[str, Any]:
    """The schema of a threshold that lists what is let pass; by default nothing."""
    return {"type": "array", "items": {"type": "string"}, "default": [], "description": description}


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Resource:
    """One resource of a stack. What is known during the deployment only is `dockyard.checks.values.UNKNOWN` in `properties`."""

    type: str
    """Its type token, without a version of Azure's API."""
    name: str
    urn: str
    properties: Properties
    parent: str = ""
    provider: str = ""
    """URN of its provider; "" for the default one."""
    provider_properties: Properties = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    """URNs."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property to the URNs of the resources that its value is made of."""

    def refers_to(self, key: str) -> tuple[str, ...]:
        """URNs of what the property is made of; of all that the resource depends on, where the engine does not tell them apart."""
        return self.property_dependencies.get(key, self.dependencies)


@dataclass(frozen=True)
class Violation:
    """What is wrong with a stack, at one of its resources; urn "" where it is the stack as a whole."""

    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class _Common:
    name: str
    """Kebab-case; it stays, because configurations and waivers name it."""
    description: str
    """Why: what happens where the rule is broken."""
    severity: Severity
    considerations: tuple[int, ...] = ()
    """Which of the ten security considerations it serves."""
    practices: tuple[int, ...] = ()
    """Which of the ten best practices it serves."""
    references: tuple[str, ...] = ()
    """What benchmarks call it: `AWS FSBP ECR.2`."""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Thresholds: name to JSON schema, each with a `default`."""
    advisory: bool = False
    """Whether it warns where nobody configured otherwise. Rules of security do not."""

    def settings(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Every threshold, those that are not given by their default."""
        known = {key: value for key, value in (given or {}).items() if key in self.config}
        return {key: schema["default"] for key, schema in self.config.items()} | known


@dataclass(frozen=True, kw_only=True)
class Rule(_Common):
    """Judges one resource at a time."""

    types: tuple[str, ...]
    """Type tokens, without versions of Azure's API; `*` stands for any text."""
    validate: Callable[[str, Properties, Config], Iterator[str]]
    """Type token, properties, thresholds to messages, each of which says what to change. Never raises; what is unknown breaks no rule."""

    def applies_to(self, token: str) -> bool:
        return any(fnmatch.fnmatchcase(canonical(token), each) for each in self.types)

    def judge(self, token: str, properties: Properties, given: Mapping[str, Any] | None = None) -> list[str]:
        """Messages about one resource of any type, each of them once."""
        if not self.applies_to(token):
            return []
        return list(dict.fromkeys(self.validate(canonical(token), properties, self.settings(given))))


@dataclass(frozen=True, kw_only=True)
class StackRule(_Common):
    """Judges a stack as a whole, for what one resource cannot show."""

    validate: Callable[[Sequence[Resource], Config], Iterable[Violation]]
    """Every resource of the stack, thresholds to violations. Never raises; what is unknown breaks no rule."""

    def judge(self, resources: Sequence[Resource], given: Mapping[str, Any] | None = None) -> list[Violation]:
        return list(dict.fromkeys(self.validate(resources, self.settings(given))))


AnyRule = Rule | StackRule
