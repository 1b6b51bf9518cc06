"""`audit`: who did what with the images of a self-hosted registry."""

from typing import Any

import click

from dockyard.cli.options import ENGINE, STACK
from dockyard.ops.audit import ALL, MOST
from dockyard.ops.audit_entry import ACTIONS


@click.command()
@STACK
@ENGINE
@click.option("--user", default="", help="What this user did.")
@click.option(
    "--repository", default="", help="A repository, or a pattern as users have them: `team/*`, `team/**`."
)
@click.option("--reference", default="", help="The tag or digest that was asked for.")
@click.option("--digest", default="", help="A manifest or a blob, by whatever name it was asked for.")
@click.option("--address", default="", help="A client's address, or a network.")
@click.option(
    "--action",
    "actions",
    type=click.Choice([*ACTIONS, ALL]),
    multiple=True,
    help="What was done; may be given again. Default: all but the steps of a push or a pull that went well.",
)
@click.option("--status", multiple=True, help="How it was answered: 403, or 4xx; may be given again.")
@click.option("--since", default="", help="A span such as 2h or 3d, or a time, UTC unless it says otherwise.")
@click.option("--until", default="", help="Likewise.")
@click.option("--failed", is_flag=True, help="Failed sign-ins alone.")
@click.option("--limit", type=click.IntRange(1, MOST), default=None, help="The last ones alone.")
@click.option("--follow", is_flag=True, help="Go on with what is to come, until it is interrupted.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each, one a line.")
def audit(stack: str, engine: str, as_json: bool, **wish: Any) -> None:
    """Say who pushed, pulled, deleted or was refused what, and when: the oldest first.

    An action that is asked for is one that was done: `--action push` leaves out what was refused, unless `--status` asks for it.
    """
    from dockyard.cli import auditing

    auditing.run(stack, engine, wish, as_json=as_json)
