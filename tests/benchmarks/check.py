"""`dockyard check` of 10, 100 and 1,000 repositories, three resources each, and of the stacks of this repository."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.engine import LINEAR, PROGRAMS, STACK
from tests.benchmarks.measure import Row, at_most, compare

ROOT = Path(__file__).parents[2]
PROGRAM = "repositories"
STACKS = {
    "dev-aws": "pulumi_aws",
    "staging-azure": "pulumi_azure_native",
    "prod-gcp": "pulumi_gcp",
    "local": "pulumi",
}
"""Stacks of this repository and the SDK that each needs."""
STACK_GOAL, THOUSAND_GOAL = 3.0, 15.0
"""Seconds: a person waits for the one, a pipeline for the other."""


def measure_all(quick: bool) -> Iterator[Row]:
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    counts, repeats = ((2, 5, 10), 1) if quick else ((10, 100, 1000), 3)
    try:
        shutil.copytree(PROGRAMS / PROGRAM, folder / PROGRAM)
        times = {count: [_repositories(folder / PROGRAM, count) for _ in range(repeats)] for count in counts}
    finally:
        shutil.rmtree(folder)
    yield _growth(times)
    yield _within(f"check, {counts[-1]:,} repositories", times[counts[-1]], THOUSAND_GOAL)
    for stack, sdk in STACKS.items():
        if importlib.util.find_spec(sdk):
            seconds = [_seconds(ROOT, stack) for _ in range(repeats)]
            yield _within(f"check, stack {stack}", seconds, STACK_GOAL)


def _repositories(project: Path, count: int) -> float:
    (project / f"Pulumi.{STACK}.yaml").write_text(f'config:\n  {PROGRAM}:count: "{count}"\n')
    return _seconds(project, STACK)


def _seconds(project: Path, stack: str) -> float:
    """What the whole command takes."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "dockyard.cli", "-C", str(project), "check", "-s", stack]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"check: {done.stdout}{done.stderr}")
    return time.perf_counter() - start


def _growth(times: dict[int, list[float]]) -> Row:
    """Seconds that each further repository takes, from the smallest program on."""
    few, some, many = sorted(times)
    small, large = (
        [
            max((more - fewer) / (high - low), 1e-4)
            for fewer, more in zip(times[low], times[high], strict=True)
        ]
        for low, high in ((few, some), (some, many))
    )
    return compare(f"check: a repository of {many:,} / of {some:,}", "s", large, small, at_most(LINEAR))


def _within(name: str, seconds: list[float], goal: float) -> Row:
    return compare(f"{name} / {goal:g} s", "s", seconds, [goal] * len(seconds), at_most(1))
