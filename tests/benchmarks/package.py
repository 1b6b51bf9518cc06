"""What importing the package and rendering a registry cost."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from dockyard.self_hosted.facts import local_facts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

from tests.benchmarks.measure import Row, Sample, at_most, compare, rounds


def measure_all(quick: bool) -> Iterator[Row]:
    yield from imports(1 if quick else 9)
    yield from renders(1 if quick else 9)


def imports(count: int) -> Iterator[Row]:
    """`import dockyard` and `dockyard --help` against an interpreter that does nothing, and against the Pulumi SDK."""
    samples = rounds(
        {
            "nothing": _interpreter("pass"),
            "package": _interpreter("import dockyard"),
            "command": _interpreter("import dockyard.cli"),
            "sdk": _interpreter("import pulumi"),
        },
        count,
    )
    wall = {name: [sample.wall for sample in taken] for name, taken in samples.items()}
    yield compare("import dockyard / python -c pass", "s", wall["package"], wall["nothing"], at_most(3))
    yield compare("import dockyard / import pulumi", "s", wall["package"], wall["sdk"], at_most(0.5))
    yield compare("import dockyard.cli / import pulumi", "s", wall["command"], wall["sdk"], at_most(0.8))


def renders(count: int) -> Iterator[Row]:
    """Rendering a registry: what a user costs among many and among few, and all of it against importing the Pulumi SDK."""
    samples = rounds(
        {"10": _render(10), "100": _render(100), "1000": _render(1000), "sdk": _interpreter("import pulumi")},
        count,
    )
    wall = {name: [sample.wall for sample in taken] for name, taken in samples.items()}
    few = [(more - fewer) / 90 for fewer, more in zip(wall["10"], wall["100"], strict=True)]
    many = [(more - fewer) / 900 for fewer, more in zip(wall["100"], wall["1000"], strict=True)]
    yield compare("render: a user of 1,000 / of 100", "s", many, few, at_most(1.5))
    yield compare("render 10 users / import pulumi", "s", wall["10"], wall["sdk"], at_most(0.1))


def _render(users: int) -> Callable[[], Sample]:
    values = {
        "domain": "localhost",
        "users": {f"user-{number}": {"push": [f"team-{number}/**"]} for number in range(users)},
    }
    facts = replace(local_facts(Path("/nonexistent")), root=False)

    def run() -> Sample:
        start = time.perf_counter()
        render(Plan(read_settings(values, "bench"), facts, "bench"))
        return Sample(time.perf_counter() - start, 0.0)

    return run


def _interpreter(code: str) -> Callable[[], Sample]:
    def run() -> Sample:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return Sample(time.perf_counter() - start, 0.0)

    return run
