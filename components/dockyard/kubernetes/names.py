"""Names in Kubernetes, read from plain settings. Source of their shapes: "Object Names and IDs" and "Labels and Selectors"."""

import re
from typing import Any

from dockyard.errors import Problem
from dockyard.kubernetes.docker_config import host_problem
from dockyard.later import is_later
from dockyard.reader import Reader

_PART = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_PART}(?:\.{_PART})*")
_NAMESPACE = re.compile(_PART)
_LABEL_KEY = re.compile(
    rf"(?:(?=[^/]{{1,253}}/){_PART}(?:\.{_PART})*/)?(?=[^/]{{1,63}}\Z)[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?"
)
_LABEL_VALUE = re.compile(r"(?=.{0,63}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?")


def read_name(reader: Reader, key: str, default: str = "", longest: int = 253) -> str:
    """The name of an object: lower-case letters, digits, `-` and `.`. Without a default it is required."""
    name = reader.text(key, default)
    if not name:
        reader.problem(key, "is required")
    elif len(name) > longest or not _SUBDOMAIN.fullmatch(name):
        hint = f"up to {longest} lower-case letters, digits, - and ."
        reader.problem(key, f"is not a name in Kubernetes: {name!r}", hint)
    return name


def read_namespace(reader: Reader, key: str, default: str = "") -> str:
    """One namespace, as text."""
    value = reader.get(key)
    if value is None and default:
        return default
    for problem in _namespace_problems(reader.at(key), value):
        reader.problems.append(problem)
    return str(value)


def read_namespaces(reader: Reader) -> tuple[str, ...]:
    """The list under `namespaces`, each once, sorted: reordering it changes nothing."""
    return _read_each(reader, "namespaces", required=True)


def read_accounts(reader: Reader, required: bool = False) -> tuple[str, ...]:
    """The names of service accounts under `service_accounts`, each once, sorted."""
    return _read_each(reader, "service_accounts", required)


def read_labels(reader: Reader) -> dict[str, str]:
    """The labels under `labels`."""
    labels = Reader(reader.get("labels"), reader.problems, reader.at("labels"))
    found = {key: labels.text(key) for key in sorted(labels.values)}
    for key, value in found.items():
        if not _LABEL_KEY.fullmatch(key):
            labels.problem(key, "cannot be a label's key", "letters, digits, -, _ and ., at most 63")
        if not _LABEL_VALUE.fullmatch(value):
            labels.problem(
                key, f"cannot be a label's value: {value!r}", "letters, digits, -, _ and ., at most 63"
            )
    return found


def read_host(reader: Reader, key: str = "host") -> Any:
    """The host of a registry, or what will be one during the deployment."""
    value = read_later(reader, key)
    if value and isinstance(value, str) and (problem := host_problem(value)):
        reader.problem(key, problem, "a name and perhaps a port, without https:// and without a path")
    return value


def read_later(reader: Reader, key: str, pattern: str = "", shape: str = "") -> Any:
    """A text that is required, or what will be one during the deployment. What is known must match `pattern`; `shape` tells how."""
    value = reader.get(key)
    if value is None or value == "":
        reader.problem(key, "is required", f"for example {shape}" if shape else "")
        return ""
    if is_later(value):
        return value
    text = reader.text(key)
    if pattern and text and not re.fullmatch(pattern, text):
        reader.problem(key, f"should look like {shape}, got {text!r}")
    return text


def _read_each(reader: Reader, key: str, required: bool) -> tuple[str, ...]:
    values = reader.get(key)
    if values is None or values in ([], ()):
        if required:
            reader.problem(key, "must name at least one")
        return ()
    if not isinstance(values, (list, tuple)):
        reader.problem(key, f"must be a list of names, got {values!r}")
        return ()
    problems: list[Problem] = []
    check = _namespace_problems if key == "namespaces" else _account_problems
    for index, value in enumerate(values):
        problems += check(f"{reader.at(key)}/{index}", value)
    reader.problems += problems
    return () if problems else tuple(sorted(set(values)))


def _namespace_problems(path: str, value: object) -> list[Problem]:
    if is_later(value):
        hint = "its name as text; ResourceOptions(depends_on=...) says that it must exist first"
        return [Problem(path, "is known only during the deployment", hint)]
    if not isinstance(value, str) or not _NAMESPACE.fullmatch(value):
        return [Problem(path, f"is not a namespace: {value!r}", "up to 63 lower-case letters, digits and -")]
    return []


def _account_problems(path: str, value: object) -> list[Problem]:
    if isinstance(value, str) and _SUBDOMAIN.fullmatch(value):
        return []
    return [Problem(path, f"is not a service account's name: {value!r}", '"default", for example')]
