"""`doctor`: what is wrong with a stack's registry, and what to type next."""

import click

from dockyard.cli.options import ENGINE, JSON, STACK


@click.command()
@STACK
@ENGINE
@JSON
def doctor(stack: str, engine: str, as_json: bool) -> None:
    """Look at a self-hosted registry on its host: services, logs, files, ports, certificate, clock, disks, backups, versions.

    Exits 0 where all is well, 1 with warnings, 2 with failures.
    """
    from dockyard.cli import diagnosis

    diagnosis.run(stack, engine, as_json=as_json)
