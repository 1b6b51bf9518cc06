"""Judges a provider of a Google workload identity pool against a token."""

import functools
import re
from collections.abc import Mapping
from typing import Any

from dockyard.errors import DockyardError
from dockyard.trust.gcp import LONGEST_SUBJECT
from dockyard.trust.verdict import Check, Verdict, all_of, as_list, audience_check


def evaluate_gcp(provider: Mapping[str, Any], claims: Mapping[str, Any]) -> Verdict:
    """Whether the provider would take the token: issuer, audience, the mapping of google.subject and the condition.

    provider: in the words of the API; `issuer` and `audiences` may stand for `oidc`. Raises DockyardError where cel-python is missing,
    and for expressions that are no CEL.
    """
    oidc = provider.get("oidc") or {}
    issuer = provider.get("issuer", oidc.get("issuerUri"))
    given = as_list(provider.get("audiences", oidc.get("allowedAudiences")))
    audiences, carried = given or _own_audiences(provider), as_list(claims.get("aud"))
    checks = [
        Check("issuer", claims.get("iss") == issuer, f"wanted {issuer!r}, got {claims.get('iss')!r}"),
        audience_check(audiences, carried),
    ]
    if provider.get("disabled"):
        checks.insert(0, Check("provider", False, "is disabled"))
    mapped, variables = _mapping(provider.get("attributeMapping") or {}, claims)
    checks += mapped
    for part in conjuncts(provider.get("attributeCondition") or ""):
        checks.append(_condition(part, variables))
    return all_of(checks)


def mapped_attributes(mapping: Mapping[str, str], claims: Mapping[str, Any]) -> dict[str, Any]:
    """What the provider makes of the token: `google.subject` and the attributes, by their names. What fails is left out."""
    values = {target: _evaluate(text, {"assertion": dict(claims)}) for target, text in mapping.items()}
    return {target: value for target, (value, _) in values.items() if value is not None}


def conjuncts(condition: str) -> list[str]:
    """The parts of a condition that `&&` joins; the whole of it where it is joined otherwise."""
    parts, depth, quote, start, index = [], 0, "", 0, 0
    while index < len(condition):
        char, two = condition[index], condition[index : index + 2]
        if quote:
            index += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and (two == "||" or char == "?"):
            return [condition.strip()]
        elif depth == 0 and two == "&&":
            parts.append(condition[start:index].strip())
            start = index = index + 2
            continue
        index += 1
    last = condition[start:].strip()
    return [*parts, last] if last else parts


def _own_audiences(provider: Mapping[str, Any]) -> list[str]:
    """A provider without audiences takes its own name, with or without https in front."""
    name = provider.get("name")
    return [f"https://iam.googleapis.com/{name}", f"//iam.googleapis.com/{name}"] if name else []


def _mapping(mapping: Mapping[str, str], claims: Mapping[str, Any]) -> tuple[list[Check], dict[str, Any]]:
    """The checks of the mapping, and the variables of the condition."""
    attributes: dict[str, Any] = {}
    variables: dict[str, Any] = {"assertion": dict(claims), "attribute": attributes}
    checks = []
    for target, text in mapping.items():
        value, error = _evaluate(text, {"assertion": dict(claims)})
        if error:
            checks.append(Check(f"{target} = {text}", False, error))
        elif target.startswith("attribute."):
            attributes[target.removeprefix("attribute.")] = value
        else:
            # By its whole name: cel-python has a `google` of its own.
            variables[target] = value
    if not any(check.condition.startswith("google.subject ") for check in checks):
        checks.insert(0, _subject(variables.get("google.subject")))
    return checks, variables


def _subject(value: object) -> Check:
    if value is None:
        return Check("google.subject", False, "is not mapped")
    length = len(value.encode()) if isinstance(value, str) else 0
    why = f"is {value!r}, of {length} bytes; 1 to {LONGEST_SUBJECT} are allowed"
    return Check("google.subject", 1 <= length <= LONGEST_SUBJECT, why)


def _condition(text: str, variables: Mapping[str, Any]) -> Check:
    value, error = _evaluate(text, variables)
    claims = variables["assertion"]
    names = sorted(set(re.findall(r"\bassertion\.(\w+)", text)) & set(claims))
    got = ", ".join(f"{name} is {claims[name]!r}" for name in names)
    return Check(text, not error and value is True, error or got or f"is {value!r}")


@functools.cache
def _cel() -> tuple[Any, Any]:
    """The module and an environment of it, which takes a moment to make. Raises DockyardError where cel-python is missing."""
    try:
        import celpy
    except ModuleNotFoundError as missing:
        if missing.name != "celpy":
            raise
        hint = "pip install 'dockyard[trust]'"
        raise DockyardError(
            "conditions of Google Cloud need cel-python, which is not installed", hint
        ) from None
    return celpy, celpy.Environment()


def _evaluate(text: str, variables: Mapping[str, Any]) -> tuple[Any, str]:
    """The value of an expression, or why there is none."""
    celpy, environment = _cel()
    try:
        program = environment.program(environment.compile(text))
    except celpy.CELParseError as error:
        raise DockyardError(f"is no CEL: {text!r}", str(error).splitlines()[0]) from None
    try:
        value = program.evaluate({name: celpy.json_to_cel(value) for name, value in variables.items()})
    # ValueError: a number of the token beyond 64 bits, which CEL has no room for.
    except (celpy.CELEvalError, ValueError) as error:
        return None, f"cannot be told: {error.args[0] if error.args else error}"
    if isinstance(value, celpy.celtypes.BoolType):
        return bool(value), ""
    return (str(value) if isinstance(value, str) else value), ""
