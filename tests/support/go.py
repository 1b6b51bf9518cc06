"""Programs that are built with Go from its module proxy, once for all tests of a clone."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

BINARIES = Path(__file__).parents[2] / "build" / "bin"
UNREACHABLE = ("dial tcp", "server response")


def built(module: str, version: str, seconds: int = 1500) -> Path:
    """The program of a module, named by the last part of its path; skips the test where Go or the module cannot be had."""
    name = module.rpartition("/")[2]
    found = BINARIES / name
    BINARIES.mkdir(parents=True, exist_ok=True)
    with (BINARIES / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            _install(module, version, seconds)
    return found


def _install(module: str, version: str, seconds: int) -> None:
    if not shutil.which("go"):
        pytest.skip(f"not installed: go, which builds {module}")
    # Whoever looks whether it is there finds it whole.
    with tempfile.TemporaryDirectory(prefix=".new-", dir=BINARIES) as fresh:
        done = subprocess.run(
            ["go", "install", f"{module}@{version}"],
            env={**os.environ, "GOBIN": fresh, "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        for made in Path(fresh).iterdir():
            made.replace(BINARIES / made.name)
    if done.returncode and any(said in done.stderr for said in UNREACHABLE):
        pytest.skip("the Go module proxy cannot be reached, or has no such module")
    assert done.returncode == 0, done.stderr
