"""Variables of the environment that a program of the host is given: their values are secrets and no settings."""

import re

from dockyard.reader import Reader

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def read_variables(reader: Reader, key: str, refused: tuple[str, ...], hint: str) -> None:
    """Problems of the variables below `key`; their values are never shown. refused: names that other settings give."""
    variables = Reader(reader.get(key), reader.problems, reader.at(key))
    for name in variables.values:
        value = variables.get(name)
        if not _VARIABLE.fullmatch(name):
            variables.problem(name, "is no name of a variable", "such as AWS_ACCESS_KEY_ID")
        elif name in (*refused, "PATH", "HOME") or name.startswith(("LD_", "PYTHON")):
            variables.problem(name, "is not to be set here", hint)
        elif not isinstance(value, str) or "\n" in value or "\0" in value:
            variables.problem(name, "must be one line of text")
