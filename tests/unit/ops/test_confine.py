"""What a confined program may still do: seen on real processes, in /proc."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dockyard.ops import confine

SCRIPT = Path(confine.__file__)
TELL = (
    "import os; print(open('/proc/self/status').read(), open('/proc/self/limits').read(), oct(os.umask(0)))"
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to give up")


def run(*options: str, program: tuple[str, ...] = (sys.executable, "-c", TELL)) -> str:
    command = [sys.executable, "-I", "-S", str(SCRIPT), *options, "--", *program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def field(text: str, name: str) -> str:
    return next(line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(name))


def test_no_new_rights_no_core_files_nothing_for_others_to_read():
    text = run()
    assert field(text, "NoNewPrivs") == "1"
    assert next(line.split()[4] for line in text.splitlines() if "core file size" in line) == "0"
    assert text.split()[-1] == "0o27"


@needs_root
def test_root_keeps_the_capabilities_that_are_named_alone():
    text = run("--keep", "CAP_CHOWN", "--keep", "CAP_SETUID")
    for name in ("CapBnd", "CapPrm", "CapEff"):
        assert int(field(text, name), 16) == 1 << 0 | 1 << 7
    assert int(field(run(), "CapBnd"), 16) == 0


@needs_root
def test_what_it_starts_cannot_get_more_by_a_setuid_program():
    """`su` is setuid root on every Debian; here the child stays what it is."""
    changed = "import os; os.setuid(65534); os.execv('/bin/su', ['su', '-c', 'id -u'])"
    command = [sys.executable, "-I", "-S", str(SCRIPT), "--keep", "CAP_SETUID", "--"]
    done = subprocess.run(
        [*command, sys.executable, "-c", changed], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert done.stdout.strip() != "0"


def test_a_capability_that_no_service_of_ours_has_is_refused():
    command = [sys.executable, str(SCRIPT), "--keep", "CAP_SYS_ADMIN", "--", "/bin/true"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 2
