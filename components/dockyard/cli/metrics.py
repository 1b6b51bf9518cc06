"""`metrics`: what a self-hosted registry tells Prometheus, alert rules for it, and a dashboard for Grafana."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.group()
def metrics() -> None:
    """What a self-hosted registry tells Prometheus, and what to make of it."""


@metrics.command()
@STACK
@ENGINE
@JSON
def show(stack: str, engine: str, as_json: bool) -> None:
    """Print the values as they are now, in Prometheus' text format."""
    from dockyard.cli import measuring

    measuring.show(stack, engine, as_json=as_json)


@metrics.command()
def rules() -> None:
    """Print alert rules for Prometheus, as YAML. They hold for every registry that it scrapes."""
    from dockyard.cli import measuring

    click.echo(measuring.rules(), nl=False)


@metrics.command()
def dashboard() -> None:
    """Print a dashboard for Grafana, as JSON to import."""
    from dockyard.cli import measuring

    click.echo(measuring.dashboard(), nl=False)
