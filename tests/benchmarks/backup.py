"""What a backup costs after one push, by the size of the store: bytes that are read and written by it and all that it starts."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Row, at_most, compare
from tests.support.instance import make
from tests.support.operations import SETTINGS, Registry

PASSWORDS = {"ci": "ci-secret-2", "admin": "admin-secret-1"}
MIB = 1 << 20
FILES = 20
PROPORTIONAL, GROWTH = 4, 1.5


def measure_all(quick: bool) -> Iterator[Row]:
    """The stores are sparse: what a first backup reads of them is zeros, and what a later one reads is what this is about."""
    sizes, push = ((10, 20, 50), 1) if quick else ((1024, 10 * 1024, 50 * 1024), 100)
    costs = {size: _cost(size * MIB, push * MIB) for size in sizes}
    small, *larger = sizes
    for number, what in enumerate(("read", "written")):
        yield compare(
            f"backup, {what} after a push of {push} MiB to {small} MiB / the push",
            "MiB",
            [costs[small][number] / MIB],
            [push],
            at_most(PROPORTIONAL),
        )
        for size in larger:
            name = f"backup, {what} after a push of {push} MiB to {size:,} MiB / to {small:,} MiB"
            ours, peer = costs[size][number] / MIB, costs[small][number] / MIB
            yield compare(name, "MiB", [ours], [peer], at_most(GROWTH))


def _cost(size: int, push: int) -> tuple[int, int]:
    """Bytes read and written by the backup after the push."""
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    registry = Registry(make(folder, SETTINGS, PASSWORDS))
    try:
        for number in range(FILES):
            file = registry.blob(f"sha256:{number:064x}")
            file.parent.mkdir(parents=True)
            with file.open("wb") as stream:
                stream.truncate(size // FILES - number)
        _backed_up(registry)
        registry.write("team/app", "1", os.urandom(push))
        before = _io()
        _backed_up(registry)
        after = _io()
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(registry.instance.plan.paths.run)
    return after[0] - before[0], after[1] - before[1]


def _backed_up(registry: Registry) -> None:
    process = registry.start("backup")
    told = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"backup: {told}")


def _io() -> tuple[int, int]:
    """Bytes that this process has read and written so far, with all processes that it has waited for; proc_pid_io(5)."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["rchar"]), int(told["wchar"])
