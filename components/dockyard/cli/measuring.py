"""Values of a registry, alert rules and a dashboard, as they are printed."""

import json

import click

from dockyard.cli import context, operations
from dockyard.ops import certificate, space
from dockyard.rendering import render_template


def show(stack: str, engine: str, *, as_json: bool) -> None:
    """Raises DockyardError where there are none."""
    place = operations.find(context.workplace(), stack, engine)
    found = operations.result(place, "metrics-show").found
    click.echo(json.dumps(found, indent=2) if as_json else found["metrics"], nl=as_json)


def rules() -> str:
    """The limits are those of `dockyard doctor`."""
    return render_template(
        "prometheus/rules.yml.j2",
        certificate_days=certificate.SOON,
        low_disk=space.LOW,
        least_disk=space.LEAST,
    )


def dashboard() -> str:
    return render_template("grafana/dashboard.json.j2")
