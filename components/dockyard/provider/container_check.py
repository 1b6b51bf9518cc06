"""The input `containers` of a Host, judged: names reach command lines."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.errors import Problem

PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
IMAGE = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9._:/@\[\]-]{0,511}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
ACCOUNT = re.compile(r"(?:[a-z_][a-z0-9_-]{0,31})?")
SHAPE: dict[str, type] = {
    "file": str,
    "project": str,
    "images": list,
    "accounts": dict,
    "writes": dict,
    "program": list,
}


def container_problems(known: Mapping[str, Any]) -> Iterator[Problem]:
    given = known.get("containers")
    services = known.get("services", ())
    if given is None:
        if any(service.get("container") for service in services):
            yield Problem("containers", "is missing: a service is said to be one of its own")
        return
    if not isinstance(given, dict) or given.keys() != SHAPE.keys():
        yield Problem("containers", f"must have the keys {', '.join(SHAPE)}")
        return
    wrong = [key for key, kind in SHAPE.items() if not isinstance(given[key], kind)]
    for key in wrong:
        yield Problem(f"containers.{key}", "is of the wrong type")
    if not wrong:
        yield from _values(given, known["files"])


def _values(given: Mapping[str, Any], files: Mapping[str, Any]) -> Iterator[Problem]:
    if given["file"] not in files:
        yield Problem("containers.file", f"is not one of files: {given['file']!r}")
    if not PROJECT.fullmatch(given["project"]):
        yield Problem("containers.project", f"is no valid name: {given['project']!r}")
    program = given["program"]
    if len(program) != 3 or not all(isinstance(part, str) for part in program):
        yield Problem("containers.program", "must be an image and two paths")
        return
    for image in (*given["images"], program[0]):
        if not isinstance(image, str) or not IMAGE.fullmatch(image):
            yield Problem("containers.images", f"is no reference: {image!r}")
    for path in program[1:]:
        if not path.startswith("/") or ".." in path.split("/"):
            yield Problem("containers.program", f"must be an absolute path: {path!r}")
    for path, account in given["writes"].items():
        if not path.startswith("/") or ".." in path.split("/") or not re.fullmatch(ACCOUNT, str(account)):
            yield Problem("containers.writes", f"must be an absolute path, and an account: {path!r}")
    for name, account in given["accounts"].items():
        if not VARIABLE.fullmatch(name) or not isinstance(account, str) or not ACCOUNT.fullmatch(account):
            yield Problem(f"containers.accounts.{name}", f"is no valid name: {account!r}")
