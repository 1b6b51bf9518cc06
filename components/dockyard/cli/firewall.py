"""`firewall`: the rules of a self-hosted registry's port."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.group()
def firewall() -> None:
    """From where a self-hosted registry may be reached."""


@firewall.command()
@STACK
@ENGINE
@JSON
def status(stack: str, engine: str, as_json: bool) -> None:
    """How many packets were let through and dropped, and whether new rules wait to be confirmed."""
    from dockyard.cli import operations

    operations.run(stack, engine, "firewall-status", as_json=as_json)


@firewall.command()
@STACK
@ENGINE
@JSON
def confirm(stack: str, engine: str, as_json: bool) -> None:
    """Keep new rules, from a new connection: they are taken back where nobody does."""
    from dockyard.cli import operations

    operations.run(stack, engine, "firewall-confirm", as_json=as_json)
