"""The cases of every rule, `<rule>/<kind>-<what>.json`.

A case holds `type` and `properties` of a resource, or `resources` of a stack, perhaps `config`, and `expected`: for every violation a part
of its message, in order. "<unknown>" stands for what is known during the deployment only.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KINDS = ("pass", "fail", "malformed")
UNKNOWN_TEXT = "<unknown>"


@dataclass(frozen=True)
class Case:
    rule: str
    name: str
    content: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.name.partition("-")[0]

    @property
    def id(self) -> str:
        return f"{self.rule}/{self.name}"


def all_cases() -> Iterator[Case]:
    for path in sorted(HERE.glob("*/*.json")):
        yield Case(path.parent.name, path.stem, json.loads(path.read_text()))


def known(value: Any, unknown: Any) -> Any:
    """The value with `unknown` where the case says so."""
    if isinstance(value, dict):
        return {key: known(each, unknown) for key, each in value.items()}
    if isinstance(value, list):
        return [known(each, unknown) for each in value]
    return unknown if value == UNKNOWN_TEXT else value


def urn(entry: dict[str, Any]) -> str:
    return f"urn:pulumi:dev::case::{entry['type']}::{entry['name']}"


def stack_resources(content: dict[str, Any], unknown: Any) -> list[dict[str, Any]]:
    """The resources of a stack with their URNs; a case names what they depend on by name alone."""
    entries = content["resources"]
    urns = {entry["name"]: urn(entry) for entry in entries}
    return [
        {
            "type": entry["type"],
            "name": entry["name"],
            "urn": urn(entry),
            "properties": known(entry.get("properties", {}), unknown),
            "parent": urns.get(entry.get("parent"), ""),
            "provider": entry.get("provider", ""),
            "provider_properties": known(entry.get("providerProperties", {}), unknown),
            "dependencies": tuple(urns[each] for each in entry.get("dependencies", ())),
            "property_dependencies": {
                key: tuple(urns[each] for each in names)
                for key, names in entry.get("propertyDependencies", {}).items()
            },
        }
        for entry in entries
    ]
