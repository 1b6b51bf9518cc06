"""Known faults of the programs that an instance runs, by version."""

import re
import subprocess
from dataclasses import dataclass

from dockyard.ops.verdict import Verdict, ok, skipped, warning

SECONDS = 5
Version = tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """Of every version before `fixed_in`."""

    component: str
    fixed_in: Version
    id: str
    what: str


FAULTS = (
    Fault(
        "registry",
        (2, 8, 2),
        "CVE-2023-2253",
        "a large n of /v2/_catalog takes all memory (GHSA-hqxw-f8mx-cpmw)",
    ),
    Fault(
        "registry",
        (3, 1, 0),
        "CVE-2026-35172",
        "named by the release notes of 3.1.0; whether 2.8 has it is not known",
    ),
    Fault(
        "registry",
        (3, 1, 0),
        "CVE-2026-33540",
        "named by the release notes of 3.1.0; whether 2.8 has it is not known",
    ),
    Fault(
        "registry",
        (3, 1, 1),
        "CVE-2026-41888",
        "named by the release notes of 3.1.1; whether 2.8 has it is not known",
    ),
)


def version_of(text: str) -> Version | None:
    match = re.search(r"\bv?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else None


def judge(component: str, printed: str) -> Verdict:
    """printed: by `--version`."""
    name, version = f"{component} version", version_of(printed)
    if version is None:
        return skipped(name, f"says no version: {printed[:60]!r}")
    shown = ".".join(map(str, version))
    found = [it for it in FAULTS if it.component == component and version < it.fixed_in]
    if not found:
        return ok(name, f"{shown}: no fault of it is listed")
    faults = "; ".join(f"{it.id} (fixed in {'.'.join(map(str, it.fixed_in))}: {it.what})" for it in found)
    return warning(name, f"{shown}: {faults}", "apt-cache policy docker-registry")


def version(component: str, program: str) -> Verdict:
    command = [program, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return judge(component, done.stdout or done.stderr)
