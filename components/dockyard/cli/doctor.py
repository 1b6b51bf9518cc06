"""`doctor`: what is wrong with a registry, and what to type next."""

from pathlib import Path

import click
from click.core import ParameterSource

from dockyard.cli.options import ENGINE, JSON


@click.command()
@click.option("-s", "--stack", envvar="DOCKYARD_STACK", default="", help="The stack, such as `local`.")
@click.option("--registry", default="", metavar="HOST[:PORT]", help="Any registry instead, without a stack.")
@ENGINE
@JSON
@click.option("--username", default="", help="Who signs in. Default: the stack's user.")
@click.option("--password-stdin", is_flag=True, help="Read the user's password from standard input.")
@click.option(
    "--use-docker-login", is_flag=True, help="Sign in as Docker does, by its config.json and helpers."
)
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM of an authority to trust beside the system's. Default: the stack's.",
)
@click.option("--plain-http", is_flag=True, help="Speak plain HTTP; to this machine alone.")
@click.option("--image", default="", metavar="REPOSITORY[:TAG|@DIGEST]", help="Look for this image too.")
@click.option("--repository", default="", help="Where uploads are tried. Default: dockyard/smoke-test.")
@click.option("--probe", is_flag=True, help="Push, pull and delete an image of 5 MiB.")
@click.option(
    "--trace",
    "--verbose",
    "trace",
    is_flag=True,
    help="Show the failing requests, or all where none fails; no secrets.",
)
@click.option("--explain", metavar="TEXT", help="Only say what an error text of a client means; - reads it.")
@click.pass_context
def doctor(
    context: click.Context, /, stack: str, registry: str, explain: str | None, **options: object
) -> None:
    """Look at a registry as its clients see it, and a self-hosted one on its host too.

    Exits 0 where all is well, 1 with warnings, 2 with failures.
    """
    from dockyard.cli import diagnosis, explanation
    from dockyard.cli.patient import Wish

    as_json, engine = bool(options.pop("as_json")), str(options.pop("engine"))
    if explain is not None:
        explanation.run(explain, as_json=as_json)
        return
    if registry and context.get_parameter_source("stack") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--stack and --registry exclude each other")
    if not (stack or registry):
        raise click.UsageError("Missing option '-s' / '--stack', or '--registry'.")
    if options["password_stdin"] and options["use_docker_login"]:
        raise click.UsageError("--password-stdin and --use-docker-login exclude each other")
    wish = Wish(stack="" if registry else stack, registry=registry, **options)  # type: ignore[arg-type]
    diagnosis.run(wish, engine, as_json=as_json)
