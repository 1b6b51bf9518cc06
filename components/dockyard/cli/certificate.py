"""`certificate`: the certificate of a self-hosted registry."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.group()
def certificate() -> None:
    """Where the certificate of a self-hosted registry comes from, and renewing one that comes by ACME."""


@certificate.command()
@STACK
@ENGINE
@JSON
def renew(stack: str, engine: str, as_json: bool) -> None:
    """Obtain a new certificate now; the front loads it without a restart. Authorities limit how often that may be done."""
    from dockyard.cli import operations

    operations.run(stack, engine, "certificate", ["--force"], as_json=as_json)


@certificate.command()
@STACK
@ENGINE
@JSON
def status(stack: str, engine: str, as_json: bool) -> None:
    """Say where the certificate comes from, until when it is valid, and how the last renewal went."""
    from dockyard.cli import certificates

    certificates.status(stack, engine, as_json=as_json)
