"""The command line: verbs, their options, and what an error looks like."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from dockyard import __version__
from dockyard.cli.garbage import retention_run
from dockyard.cli.hosts import COMMANDS as HOSTS
from dockyard.cli.options import ENGINE, JSON, SECRETS, STACK, YES
from dockyard.cli.policies import policies_group
from dockyard.errors import DockyardError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dockyard")
@click.option(
    "-C", "--cwd", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The project's folder."
)
def cli(cwd: Path | None) -> None:
    """A team's container registry, wherever it must live."""
    if cwd:
        os.chdir(cwd)


@cli.command()
@STACK
@ENGINE
@JSON
@YES
@click.option("--refresh", is_flag=True, help="Read what is before planning.")
def up(stack: str, engine: str, as_json: bool, yes: bool, refresh: bool) -> None:
    """Create or update a stack, then test the registry that it made."""
    from dockyard.cli import verbs

    verbs.up(stack, engine, as_json=as_json, yes=yes, refresh=refresh)


@cli.command()
@STACK
@ENGINE
@JSON
def preview(stack: str, engine: str, as_json: bool) -> None:
    """Show what `up` would do. Changes nothing."""
    from dockyard.cli import verbs

    verbs.change("preview", stack, engine, as_json=as_json, yes=True)


@cli.command()
@STACK
@JSON
@click.option(
    "--sarif",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="",
    help="Write what is wrong as SARIF 2.1.0, for code scanning, to this file; - prints it.",
)
@click.option(
    "--policy-pack",
    "packs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Judge it by the policy pack in this folder; may be given again. Default: the project's `policy`.",
)
@click.option("--no-policies", is_flag=True, help="Judge it by no policy pack.")
def check(stack: str, as_json: bool, sarif: str, packs: tuple[Path, ...], no_policies: bool) -> None:
    """Show what a new stack would consist of, and what is wrong with it. Needs no provider, credentials, state or network."""
    from dockyard.cli import check as module

    if as_json and sarif == module.STDOUT:
        raise click.UsageError("--json and --sarif - cannot both print")
    if packs and no_policies:
        raise click.UsageError("--policy-pack and --no-policies exclude each other")
    folders = [folder.resolve() for folder in packs]
    module.check(stack, as_json=as_json, sarif_file=sarif, packs=folders, without_policies=no_policies)


@cli.command()
@STACK
@ENGINE
@JSON
@YES
def refresh(stack: str, engine: str, as_json: bool, yes: bool) -> None:
    """Bring the state up to date with what is there."""
    from dockyard.cli import verbs

    verbs.change("refresh", stack, engine, as_json=as_json, yes=yes)


@cli.command()
@STACK
@ENGINE
@JSON
@YES
def destroy(stack: str, engine: str, as_json: bool, yes: bool) -> None:
    """Remove what `up` made. The images stay, unless the stack says otherwise."""
    from dockyard.cli import verbs

    verbs.change("destroy", stack, engine, as_json=as_json, yes=yes)


@cli.command()
@STACK
@ENGINE
@JSON
@SECRETS
@click.argument("name", required=False)
def outputs(stack: str, engine: str, as_json: bool, show_secrets: bool, name: str | None) -> None:
    """Print a stack's outputs, or the one that is named."""
    from dockyard.cli import reading

    reading.print_outputs(stack, engine, name, as_json=as_json, show_secrets=show_secrets)


@cli.command()
@STACK
@ENGINE
@JSON
def smoke(stack: str, engine: str, as_json: bool) -> None:
    """Test a stack's registry: log in, push, pull by tag and by digest, list the catalog."""
    from dockyard.cli import report

    report.smoke(stack, engine, as_json=as_json)


@cli.command()
@STACK
@ENGINE
@YES
def cancel(stack: str, engine: str, yes: bool) -> None:
    """Remove the lock that a dead operation has left on a stack."""
    from dockyard.cli import reading

    reading.cancel(stack, engine, yes=yes)


@cli.group(name="stack")
def stack_group() -> None:
    """List and remove stacks."""


@stack_group.command(name="ls")
@JSON
def stack_ls(as_json: bool) -> None:
    """List the stacks that there are."""
    from dockyard.cli import reading

    reading.list_stacks(as_json=as_json)


@stack_group.command(name="rm")
@STACK
@YES
def stack_rm(stack: str, yes: bool) -> None:
    """Remove a destroyed stack and its history."""
    from dockyard.cli import reading

    reading.remove_stack(stack, yes=yes)


@cli.group(name="state")
def state_group() -> None:
    """Export and import a stack's state."""


@state_group.command(name="export")
@STACK
@SECRETS
def state_export(stack: str, show_secrets: bool) -> None:
    """Print a stack's state, as `pulumi stack export` does."""
    from dockyard.cli import reading

    reading.export_state(stack, show_secrets=show_secrets)


@state_group.command(name="import")
@STACK
@YES
@click.argument("file", type=click.File("rb"), default="-")
def state_import(stack: str, yes: bool, file: BinaryIO) -> None:
    """Replace a stack's state by an exported one."""
    from dockyard.cli import reading

    reading.import_state(stack, file.read(), yes=yes)


cli.add_command(policies_group)
for command in HOSTS:
    cli.add_command(command)


@cli.command()
@click.option(
    "--settings",
    type=click.File("rb"),
    required=True,
    help="What to render, as YAML; - reads standard input.",
)
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write into this repository. Default: print.",
)
@click.option("--force", is_flag=True, help="Write over files that differ.")
def workflow(settings: BinaryIO, folder: Path | None, force: bool) -> None:
    """Render CI workflows: check, preview, deploy, drift, release, and one for each image."""
    from dockyard.cli import workflow as module

    module.workflow(settings.read(), folder, force=force)


@cli.group(name="trust")
def trust_group() -> None:
    """Ask what a cloud's trust in CI lets in."""


@trust_group.command(name="explain")
@click.option(
    "--token", type=click.File("rb"), required=True, help="A JWT, or its claims as JSON; - reads it."
)
@click.option(
    "--policy", type=click.File("rb"), required=True, help="The trust of AWS, Azure or Google, as JSON."
)
@click.option("--cloud", type=click.Choice(["aws", "azure", "gcp"]), help="Whose policy. Default: found out.")
@JSON
def trust_explain(token: BinaryIO, policy: BinaryIO, cloud: str | None, as_json: bool) -> None:
    """Say which condition a token fails. Exits 1 where it would be refused. The signature is not verified."""
    from dockyard.cli import trust

    if token.name == policy.name == "<stdin>":
        raise click.UsageError("--token and --policy cannot both be read from standard input")
    trust.explain(token.read(), policy.read(), cloud, as_json=as_json)


@cli.group(name="retention")
def retention_group() -> None:
    """What a stack's retention would do, and doing it."""


@retention_group.command(name="simulate")
@STACK
@JSON
@click.option(
    "--tags",
    "listing",
    type=click.File("rb"),
    required=True,
    help="One repository's images: JSON lines, or a JSON list, of digest, tags, pushed, pulled; - reads it.",
)
@click.option("--repository", help="A key of `repositories`, for its own retention. Default: the registry's.")
@click.option("--now", help="The time to simulate, ISO 8601. Default: now.")
def retention_simulate(
    stack: str, as_json: bool, listing: BinaryIO, repository: str | None, now: str | None
) -> None:
    """Say which images a stack's retention would keep, archive and expire, and by which rule. Changes nothing."""
    from dockyard.cli import retention

    retention.simulate_stack(stack, listing.read(), repository, now, as_json=as_json)


retention_group.add_command(retention_run)


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit codes: 0 done, 1 failed, 2 a wrong command line, 130 interrupted."""
    try:
        cli.main(args=arguments, prog_name="dockyard", standalone_mode=False)
    except DockyardError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: Python's last flush must not fail on it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{error.strerror or error}", err=True)
        sys.exit(1)
    except Exception:
        traceback.print_exc()
        click.echo(
            f"error: a fault in dockyard {__version__}: please report it with the lines above", err=True
        )
        sys.exit(1)
