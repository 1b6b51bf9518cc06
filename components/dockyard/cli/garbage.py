"""`retention run` and `gc`: what goes from a self-hosted registry, and the bytes that come back."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.command()
@STACK
@ENGINE
@JSON
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@click.option("--force", is_flag=True, help="Also without a fresh backup, or where images are broken.")
def gc(stack: str, engine: str, as_json: bool, dry_run: bool, force: bool) -> None:
    """Delete what no image needs any more. Writes are refused for a moment and can be repeated; pulls go on."""
    from dockyard.cli import operations

    options = [*(["--dry-run"] if dry_run else []), *(["--force"] if force else [])]
    operations.run(stack, engine, "gc", options, as_json=as_json)


@click.command(name="run")
@STACK
@ENGINE
@JSON
@click.option("--dry-run", is_flag=True, help="Only tell what would go, and why.")
def retention_run(stack: str, engine: str, as_json: bool, dry_run: bool) -> None:
    """Remove the images of a self-hosted registry that its rules let expire. `dockyard gc` brings the bytes back."""
    from dockyard.cli import operations

    operations.run(stack, engine, "retention", ["--dry-run"] if dry_run else [], as_json=as_json)
