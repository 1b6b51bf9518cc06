"""Measuring: rounds of contenders in turn, so that what disturbs the machine disturbs all of them; results as ratios."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `peer` are medians in `unit`; `ratio` is the median of the ratios round by round."""

    name: str
    ours: float
    peer: float
    unit: str
    ratio: float
    goal: str
    met: bool

    def to_json(self) -> dict[str, object]:
        return {key: value for key, value in asdict(self).items() if key != "name"}


@dataclass(frozen=True)
class Sample:
    """What one run cost: wall-clock seconds, and CPU seconds of the server's processes."""

    wall: float
    cpu: float


def at_least(goal: float) -> tuple[str, Callable[[float], bool]]:
    return f">= {goal:g}", lambda ratio: ratio >= goal


def at_most(goal: float) -> tuple[str, Callable[[float], bool]]:
    return f"<= {goal:g}", lambda ratio: ratio <= goal


def compare(
    name: str,
    unit: str,
    ours: Iterable[float],
    peer: Iterable[float],
    goal: tuple[str, Callable[[float], bool]],
) -> Row:
    """The row of two lists of figures that were taken in the same rounds; the ratio is ours over the peer's."""
    pairs = list(zip(ours, peer, strict=True))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    text, is_met = goal
    return Row(
        name,
        statistics.median(mine for mine, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
        unit,
        ratio,
        text,
        is_met(ratio),
    )


def rounds(contenders: Mapping[str, Callable[[], Sample]], count: int) -> dict[str, list[Sample]]:
    """`count` samples of each contender, taken in turn after one warm-up round; every second round runs backwards."""
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for number in range(count):
        order = list(contenders.items())
        for name, run in order if number % 2 == 0 else reversed(order):
            samples[name].append(run())
    return samples


def sample(run: Callable[[], None], root_pids: Iterable[int]) -> Sample:
    """Runs it once: its wall-clock time, and the CPU time that the processes below `root_pids` spent meanwhile.

    A process that ends meanwhile, as NGINX's cache loader does a minute after its start, does not count.
    """
    roots = list(root_pids)
    before = _spent_below(roots)
    start = time.perf_counter()
    run()
    wall = time.perf_counter() - start
    after = _spent_below(roots)
    return Sample(wall, sum(after[pid] - spent for pid, spent in before.items() if pid in after))


def _spent_below(roots: Iterable[int]) -> dict[int, float]:
    spent = {}
    for pid in (pid for root in roots for pid in process_tree(root)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            spent[pid] = cpu_seconds(pid)
    return spent


def cpu_seconds(pid: int) -> float:
    """What the process's threads have spent: in nanoseconds where the kernel counts them so, else in clock ticks."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            return _cpu_ticks(pid)
    return spent / 1e9


def _cpu_ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def process_tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except FileNotFoundError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    tree, queue = [], [root]
    while queue:
        pid = queue.pop()
        tree.append(pid)
        queue += children.get(pid, [])
    return tree
