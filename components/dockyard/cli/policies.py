"""`policies`: what a stack says of its policies, for the Pulumi CLI."""

import click

from dockyard.cli.options import STACK


@click.group(name="policies")
def policies_group() -> None:
    """Policy packs and the Pulumi CLI."""


@policies_group.command(name="config")
@STACK
def config(stack: str) -> None:
    """Print a stack's levels, thresholds and waivers as a file for `pulumi preview --policy-pack-config`."""
    import json
    from datetime import UTC, datetime

    from dockyard.engine import check
    from dockyard.engine.jury import Terms
    from dockyard.engine.project import Project

    found = check.load_config(Project.find(), stack, lambda event: None)
    terms = Terms.of(found.config, datetime.now(UTC).date())
    click.echo(json.dumps(terms.for_cli(), indent=2))
