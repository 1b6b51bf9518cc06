"""The embedded engine on programs of 10, 100 and 1,000 cheap resources, and beside the Pulumi CLI where `pulumi` is on PATH."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Row, at_most, compare

PROGRAMS = Path(__file__).parents[1] / "programs"
VERBS = ("up", "no-op up", "preview")
STACK = "bench"
LINEAR = 1.5
"""What a resource among 1,000 may cost against one among 100: about the same."""


@dataclass(frozen=True)
class Contender:
    """An engine in folders of its own."""

    folder: Path
    embedded: bool

    def run(self, verb: str) -> float:
        """Seconds that the whole command takes."""
        start = time.perf_counter()
        done = subprocess.run(
            self._command(verb),
            cwd=self.folder / "many",
            env=self._environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{verb}: {done.stdout}{done.stderr}")
        return time.perf_counter() - start

    def prepare(self, count: int) -> None:
        """The program for so many resources, and an empty world."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for program in ("many", "yard"):
            shutil.copytree(PROGRAMS / program, self.folder / program)
        for name in ("state", "world/things"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "many" / f"Pulumi.{STACK}.yaml").write_text(f'config:\n  many:count: "{count}"\n')
        if not self.embedded:
            # The CLI wants the plugin's environment beside the plugin.
            (self.folder / "yard" / "venv").symlink_to(sys.prefix)
            self.run("init")

    def _command(self, verb: str) -> list[str]:
        if self.embedded:
            arguments = ["preview"] if verb == "preview" else ["up", "--yes"]
            return [sys.executable, "-m", "dockyard.cli", *arguments, "-s", STACK, "--engine", "embedded"]
        if verb == "init":
            return ["pulumi", "stack", "init", STACK]
        arguments = ["preview"] if verb == "preview" else ["up", "--yes", "--skip-preview"]
        return ["pulumi", *arguments, "-s", STACK, "--non-interactive"]

    def _environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "YARD_WORLD": str(self.folder / "world"),
        }


def measure_all(quick: bool) -> Iterator[Row]:
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    counts, repeats = ((2, 5, 10), 1) if quick else ((10, 100, 1000), 3)
    try:
        ours = Contender(folder / "ours", embedded=True)
        taken = {count: _times(ours, count, repeats) for count in counts}
        yield from _growth(taken)
        if shutil.which("pulumi"):
            yield from _against_pulumi(taken, Contender(folder / "pulumi", embedded=False), repeats)
    finally:
        shutil.rmtree(folder)


def _times(contender: Contender, count: int, repeats: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {verb: [] for verb in VERBS}
    for _ in range(repeats):
        contender.prepare(count)
        times["preview"].append(contender.run("preview"))
        times["up"].append(contender.run("up"))
        times["no-op up"].append(contender.run("no-op up"))
    return times


def _growth(taken: Mapping[int, Mapping[str, list[float]]]) -> Iterator[Row]:
    """Seconds that each further resource takes, from the smallest program on."""
    few, some, many = sorted(taken)
    for verb in VERBS:
        small = _per_resource(taken, verb, few, some)
        large = _per_resource(taken, verb, some, many)
        name = f"engine, {verb}: a resource of {many:,} / of {some:,}"
        yield compare(name, "s", large, small, at_most(LINEAR))


def _per_resource(
    taken: Mapping[int, Mapping[str, list[float]]], verb: str, low: int, high: int
) -> list[float]:
    pairs = zip(taken[low][verb], taken[high][verb], strict=True)
    return [max((more - fewer) / (high - low), 1e-4) for fewer, more in pairs]


def _against_pulumi(
    taken: Mapping[int, Mapping[str, list[float]]], pulumi: Contender, repeats: int
) -> Iterator[Row]:
    for count in taken:
        theirs = _times(pulumi, count, repeats)
        for verb in VERBS:
            goal = at_most(0.33 if verb == "up" and count >= 1000 else 1)
            yield compare(
                f"engine, {verb} of {count:,} / Pulumi CLI", "s", taken[count][verb], theirs[verb], goal
            )
