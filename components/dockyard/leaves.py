"""Values that may be known during the deployment only."""

import re
from typing import Any

from dockyard.later import is_later
from dockyard.reader import Reader


def read_leaf(reader: Reader, key: str, pattern: str, shape: str) -> Any:
    """The text under `key`, or what will be one during the deployment; None where it is left out.

    A text that is known must match `pattern`; `shape` tells a person what is meant.
    """
    value = reader.get(key)
    if value is None or is_later(value):
        return value
    text = reader.text(key)
    if isinstance(value, str) and not re.fullmatch(pattern, text):
        reader.problem(key, f"should look like {shape}, got {text!r}")
    return text
