"""Options that commands share."""

import click

STACK = click.option(
    "-s", "--stack", required=True, envvar="DOCKYARD_STACK", help="The stack, such as `local`."
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "pulumi", "embedded"]),
    default="auto",
    envvar="DOCKYARD_ENGINE",
    show_default=True,
    help="auto: `pulumi` where it is on PATH, the embedded engine else.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
YES = click.option("--yes", is_flag=True, help="Do it without asking.")
SECRETS = click.option("--show-secrets", is_flag=True, help="Print secrets in plain text.")
