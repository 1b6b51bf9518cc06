"""Every rule there is. A module in one of the folders beside this one holds a rule, `RULE`; nothing lists it a second time."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from registry_policies.rule import AnyRule

if TYPE_CHECKING:
    from pulumi_policy.policy import Policy

_HERE = Path(__file__).parent


def _find() -> Iterator[AnyRule]:
    folders = [found.name for found in pkgutil.iter_modules([str(_HERE)]) if found.ispkg]
    for folder in sorted(folders):
        for found in sorted(pkgutil.iter_modules([str(_HERE / folder)]), key=lambda each: each.name):
            yield importlib.import_module(f"registry_policies.{folder}.{found.name}").RULE


RULES: tuple[AnyRule, ...] = tuple(_find())
"""By folder and module, always in the same order."""

BY_NAME: Mapping[str, AnyRule] = {rule.name: rule for rule in RULES}


def policies() -> "list[Policy]":
    """The rules as Pulumi's SDK takes them."""
    from registry_policies.adapter import policy, waivers

    return [*(policy(rule) for rule in RULES), waivers()]
