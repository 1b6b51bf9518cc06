"""`backup`, `drill` and `restore`: the images of a self-hosted registry, by hand."""

from pathlib import Path

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.command()
@STACK
@ENGINE
@JSON
def backup(stack: str, engine: str, as_json: bool) -> None:
    """Back the images up now, beside what the timer does. Pushes go on meanwhile."""
    from dockyard.cli import operations

    operations.run(stack, engine, "backup", as_json=as_json)


@click.command()
@STACK
@ENGINE
@JSON
def drill(stack: str, engine: str, as_json: bool) -> None:
    """Prove the last backup: restore it aside, pull every image of it, and compare every byte. Exits 1 where one is broken."""
    from dockyard.cli import operations

    operations.run(stack, engine, "drill", as_json=as_json)


@click.command()
@STACK
@ENGINE
@JSON
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="Another folder than the registry's own."
)
@click.option("--at", default="", help="The last backup by then, ISO 8601. Default: the last one.")
@click.option(
    "--force", is_flag=True, help="Also where pushed images would be lost, or the backup holds broken ones."
)
def restore(stack: str, engine: str, as_json: bool, to: Path | None, at: str, force: bool) -> None:
    """Bring the images back from a backup, put in place in one step. Pulls go on meanwhile."""
    from dockyard.cli import operations

    options: list[str | Path] = ["--at", at] if at else []
    if to:
        options += ["--to", to]
    operations.run(stack, engine, "restore", [*options, *(["--force"] if force else [])], as_json=as_json)


COMMANDS = (backup, drill, restore)
