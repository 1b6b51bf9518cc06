"""What an inventory costs by the number of tags: four times as many may cost four times as much."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dockyard.ops import inventory

from tests.benchmarks.measure import Row, Sample, at_most, compare, rounds
from tests.support.instance import make
from tests.support.operations import SETTINGS, Registry

PASSWORDS = {"ci": "ci-secret-2", "admin": "admin-secret-1"}
TIMES, LINEAR = 4, 5


def measure_all(quick: bool) -> Iterator[Row]:
    tags, count = (50, 1) if quick else (500, 3)
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    stores = {name: _store(folder / name, number) for name, number in (("one", tags), ("more", TIMES * tags))}
    try:
        taken = rounds({name: lambda tree=store.tree: _take(tree) for name, store in stores.items()}, count)
    finally:
        for store in stores.values():
            shutil.rmtree(store.instance.plan.paths.run)
        shutil.rmtree(folder)
    yield compare(
        f"inventory, processor time for {TIMES * tags:,} tags / for {tags:,}",
        "s",
        [it.cpu for it in taken["more"]],
        [it.cpu for it in taken["one"]],
        at_most(LINEAR),
    )


def _store(folder: Path, tags: int) -> Registry:
    """Half of the tags are of one repository."""
    folder.mkdir()
    registry = Registry(make(folder, SETTINGS, PASSWORDS))
    for number in range(tags):
        name = "team/one" if number % 2 else f"team/app-{number % 100}"
        registry.write(name, f"v{number}", f"layer {number}".encode())
    return registry


def _take(tree: Path) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    inventory.take(tree, {"all": None})
    return Sample(time.perf_counter() - wall, time.process_time() - cpu)
