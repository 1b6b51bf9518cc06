"""What the SDK's server is given beside its own: waivers for all rules, and no work that is done already or for nothing.

The SDK reads a resource's properties anew for each policy, a fifth of a millisecond each; with dozens of rules and thousands of
resources that is most of a check. Here a resource meets the policies of its type alone, and a stack is read once. The SDK has no
public way for either, so this names a class of its own; where a later SDK has none by that name, everything is judged as slowly as
it would be, and waivers cover nothing.
"""

import copy
import functools
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from pulumi_policy import policy as sdk

from registry_policies.adapter import SHARED, collector, read
from registry_policies.rule import Rule
from registry_policies.waivers import NAME, REGISTER

_CLASS = "_PolicyAnalyzerServicer"
_POLICIES = f"{_CLASS}__policies"


def install(rules: Mapping[str, Any]) -> None:
    """Has the next PolicyPack serve with it. rules: by the names of their policies."""
    original = getattr(sdk, _CLASS, None)
    if original is not None and not hasattr(original, "rules"):
        setattr(sdk, _CLASS, _narrow(original, rules))


def _once(original: Any, servicer: Any, request: Any, context: Any) -> Any:
    """All resources are read once, and every rule is asked about what was read."""
    found: list[Any] = []
    one = copy.copy(servicer)
    setattr(one, _POLICIES, [collector(found)])
    original.AnalyzeStack(one, request, context)
    token = SHARED.set(read(found))
    try:
        return original.AnalyzeStack(servicer, type(request)(), context)
    finally:
        SHARED.reset(token)


def _narrow(original: Any, by_name: Mapping[str, Any]) -> Any:
    @functools.cache
    def speaks(name: str, token: str) -> bool:
        rule = by_name.get(name)
        return not isinstance(rule, Rule) or rule.applies_to(token)

    class Servicer(original):
        """The SDK's servicer for one pack."""

        rules = by_name

        def Analyze(self, request: Any, context: Any) -> Any:
            if not hasattr(self, _POLICIES):
                return super().Analyze(request, context)
            # A copy, because resources are judged by several threads at once.
            one = copy.copy(self)
            setattr(
                one, _POLICIES, [each for each in getattr(self, _POLICIES) if speaks(each.name, request.type)]
            )
            return original.Analyze(one, request, context)

        def AnalyzeStack(self, request: Any, context: Any) -> Any:
            if not hasattr(self, _POLICIES):
                return super().AnalyzeStack(request, context)
            return _once(original, self, request, context)

        def Configure(self, request: Any, context: Any) -> Any:
            given = (
                json_format.MessageToDict(request.policyConfig[NAME].properties).get("list", [])
                if (NAME in request.policyConfig)
                else []
            )
            REGISTER.set(given)
            return super().Configure(request, context)

    return Servicer
