"""`dockyard check` of 10, 100 and 1,000 repositories, three resources each, and of the stacks of this repository; and its policy
pack, which judges 250 and 1,000 resources.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.jury import jury

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
STACK_GOAL, THOUSAND_GOAL, JUDGED_GOAL = 3.0, 15.0, 15.0
"""Seconds: a person waits for the first, a pipeline for the others."""


def measure_all(quick: bool) -> Iterator[Row]:
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    counts, repeats = ((2, 5, 10), 1) if quick else ((10, 100, 1000), 3)
    try:
        shutil.copytree(PROGRAMS / PROGRAM, folder / PROGRAM)
        times = {count: [_repositories(folder / PROGRAM, count) for _ in range(repeats)] for count in counts}
    finally:
        shutil.rmtree(folder)
    yield _growth("check: a repository", times)
    yield _within(f"check, {counts[-1]:,} repositories", times[counts[-1]], THOUSAND_GOAL)
    # From none on: a start takes as long as hundreds of resources.
    counts = (0, 5, 10) if quick else (0, 250, 1000)
    judged = {count: [_judged(count) for _ in range(repeats)] for count in counts}
    yield _growth("policies: a resource", judged)
    yield _within(f"policies, start and {counts[-1]:,} resources", judged[counts[-1]], JUDGED_GOAL)
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


def _judged(count: int) -> float:
    """What the pack takes for so many resources, its start among it."""
    start = time.perf_counter()
    with jury([ROOT / "policy"], "bench", STACK, {}, lambda event: None) as judge:
        found = judge([_repository(number) for number in range(count)])
    if len(found) < count:
        raise RuntimeError(f"policies: {len(found)} violations of {count} bad repositories")
    return time.perf_counter() - start


def _repository(number: int) -> ResourceState:
    """One whose tags move."""
    kind = "aws:ecr/repository:Repository"
    urn = f"urn:pulumi:{STACK}::bench::{kind}::images-{number}"
    inputs = {"name": f"images-{number}", "imageTagMutability": "MUTABLE", "tags": {"number": str(number)}}
    return ResourceState(urn, kind, True, inputs=inputs, outputs=inputs)


def _growth(what: str, times: dict[int, list[float]]) -> Row:
    """Seconds that each further one takes, from the smallest program on."""
    few, some, many = sorted(times)
    small, large = (
        [
            max((more - fewer) / (high - low), 1e-4)
            for fewer, more in zip(times[low], times[high], strict=True)
        ]
        for low, high in ((few, some), (some, many))
    )
    return compare(f"{what} of {many:,} / of {some:,}", "s", large, small, at_most(LINEAR))


def _within(name: str, seconds: list[float], goal: float) -> Row:
    return compare(f"{name} / {goal:g} s", "s", seconds, [goal] * len(seconds), at_most(1))
