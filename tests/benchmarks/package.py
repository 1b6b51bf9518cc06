"""What importing the package and rendering a registry cost."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from tests.benchmarks.measure import Row, Sample, at_most, compare, rounds


def measure_all(quick: bool) -> Iterator[Row]:
    yield from imports(1 if quick else 9)


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
    yield compare("import dockyard / python -c pass", "s", wall["package"], wall["nothing"], at_most(2))
    yield compare("import dockyard / import pulumi", "s", wall["package"], wall["sdk"], at_most(0.5))
    yield compare("import dockyard.cli / import pulumi", "s", wall["command"], wall["sdk"], at_most(0.8))


def _interpreter(code: str) -> Callable[[], Sample]:
    def run() -> Sample:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return Sample(time.perf_counter() - start, 0.0)

    return run
