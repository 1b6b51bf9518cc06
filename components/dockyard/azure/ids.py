"""What resources of Azure are called."""

import re
from typing import Any

from dockyard.errors import Problem
from dockyard.leaves import read_leaf
from dockyard.reader import Reader

GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_GROUP = "/subscriptions/{0}/resourceGroups/{0}/providers/"


def read_id(reader: Reader, key: str, kind: str, *, required: bool = False) -> Any:
    """The id of a resource in a resource group, or what will be one during the deployment; None where it is left out.

    kind: `Microsoft.Network/virtualNetworks/{0}/subnets/{0}`, `{0}` for each name. Azure compares ids without regard to upper and lower
    case.
    """
    form = _GROUP + kind
    shape = form.format("NAME")
    value = read_leaf(reader, key, "(?i)" + form.replace(".", r"\.").format(r"[^/\s]+"), shape)
    if value is None and required:
        reader.problem(key, "is required", shape)
    return value


def read_required(reader: Reader, key: str, pattern: str, shape: str) -> Any:
    """The text under `key`, or what will be one during the deployment; a problem where it is left out."""
    value = read_leaf(reader, key, pattern, shape)
    if value is None:
        reader.problem(key, "is required", shape)
    return value


def check_key(key: str, entry: Reader) -> None:
    """A key of the arguments becomes part of a name in Azure."""
    if not _NAME.fullmatch(key):
        hint = "up to 40 lower-case letters, digits and `-`"
        entry.problems.append(Problem(entry.path, "is not a name for something in Azure", hint))
