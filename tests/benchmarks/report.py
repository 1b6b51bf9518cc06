"""The table on the screen and `build/bench.json`."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.measure import Row


def show(rows: Sequence[Row], console: Console) -> None:
    table = Table(title="ours against the peer, side by side, medians", title_justify="left")
    table.add_column("measured")
    for heading in ("ours", "peer", "ratio", "goal"):
        table.add_column(heading, justify="right")
    table.add_column("met")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.ours:.4g} {row.unit}",
            f"{row.peer:.4g} {row.unit}",
            f"{row.ratio:.2f}",
            row.goal,
            "yes" if row.met else "[red]no",
        )
    console.print(table)


def write(rows: Sequence[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({row.name: row.to_json() for row in rows}, indent=2) + "\n")
