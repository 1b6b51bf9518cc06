"""`scrub`: the bytes of every blob of a self-hosted registry, by hand."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.command()
@STACK
@ENGINE
@JSON
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong.")
def scrub(stack: str, engine: str, as_json: bool, dry_run: bool) -> None:
    """Compare every blob with its digest; bring bad ones back from the backup. Exits 1 where one stays broken."""
    from dockyard.cli import operations

    options = ["--whole", *(["--dry-run"] if dry_run else [])]
    operations.run(stack, engine, "scrub", options, as_json=as_json)
