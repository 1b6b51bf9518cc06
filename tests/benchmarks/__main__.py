"""`make bench`: measures, prints the table, writes build/bench.json. `--quick` runs everything small: it proves the bench, no figure."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from tests.benchmarks import backup, check, engine, front, inventory, package, report
from tests.benchmarks.measure import Row

PARTS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "front": front.measure_all,
    "engine": engine.measure_all,
    "check": check.measure_all,
    "package": package.measure_all,
    "backup": backup.measure_all,
    "inventory": inventory.measure_all,
}
OUTPUT = Path(__file__).parents[2] / "build" / "bench.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="parts to measure; all of them if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    rows = []
    progress = Console(stderr=True)
    for name in arguments.parts or PARTS:
        for row in PARTS[name](arguments.quick):
            progress.print(f"{row.name}: {row.ratio:.2f} ({row.goal})")
            rows.append(row)
    report.show(rows, Console())
    report.write(rows, arguments.output)
    return 0


sys.exit(main())
