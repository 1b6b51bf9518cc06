"""Known faults of the programs that an instance runs, by version."""

import json
import pkgutil
import re
import subprocess
from dataclasses import dataclass
from functools import cache

from dockyard.ops.verdict import Verdict, ok, skipped, warning

SECONDS = 5
LEAST_2 = (2, 8, 2)
LAST_OF_2 = "the last release of 2, 2.8.3, is of October 2023 and gets no fixes; a crash can leave it with an empty link"
HOW_TO_GET = (
    "GOBIN=/usr/local/bin go install github.com/distribution/distribution/v3/cmd/registry@v3.1.1,"
    " or the archive of that release, its checksum compared; then name it: program: /usr/local/bin/registry"
)
"""registry:3, which no distribution packages."""
Version = tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """Of every version before `fixed_in`."""

    component: str
    fixed_in: Version
    id: str
    what: str


@cache
def faults() -> tuple[Fault, ...]:
    """Of known_faults.json, which stands beside this file, also in the zipapp."""
    read = json.loads(pkgutil.get_data(__package__, "known_faults.json") or b"[]")
    return tuple(Fault(**{**entry, "fixed_in": version_of(entry["fixed_in"])}) for entry in read)


def version_of(text: str) -> Version | None:
    match = re.search(r"\bv?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else None


def judge(component: str, printed: str) -> Verdict:
    """printed: by `--version`."""
    name, version = f"{component} version", version_of(printed)
    if version is None:
        return skipped(name, f"says no version: {printed[:60]!r}")
    shown = ".".join(map(str, version))
    found = [it for it in faults() if it.component == component and version < it.fixed_in]
    if not found:
        return ok(name, f"{shown}: no fault of it is listed")
    listed = [f"{it.id} (fixed in {'.'.join(map(str, it.fixed_in))}: {it.what})" for it in found]
    last = [LAST_OF_2] if component == "registry" and version[0] == 2 else []
    return warning(name, f"{shown}: {'; '.join([*last, *listed])}", _hint(component, version))


def _hint(component: str, version: Version) -> str:
    if component == "registry" and version >= LEAST_2:
        return 'set version: "3" and program in its stack, then `dockyard backup` and `dockyard up`'
    return "apt-cache policy docker-registry"


def version(component: str, program: str) -> Verdict:
    command = [program, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return judge(component, done.stdout or done.stderr)
