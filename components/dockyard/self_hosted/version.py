"""Which registry runs: its major version, and its program where that is not the distribution's."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader

VERSIONS = ("2", "3")
_PLAIN = re.compile(r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._+@-]+)+")


@dataclass(frozen=True)
class Version:
    """program: "" for the distribution's package. without_backup: whether the program may change where images have no good backup."""

    major: str = "2"
    program: str = ""
    without_backup: bool = False


def read_version(reader: Reader) -> Version:
    major = reader.choice("version", "2", VERSIONS)
    program = reader.text("program")
    if program and not _PLAIN.fullmatch(program):
        hint = "such as /usr/local/bin/registry"
        reader.problem("program", f"is not an absolute path without special characters: {program!r}", hint)
    upgrade = Reader(reader.get("upgrade"), reader.problems, "upgrade")
    without_backup = upgrade.boolean("allow_without_backup", False)
    upgrade.finish()
    return Version(major, program, without_backup)
