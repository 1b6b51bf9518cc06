"""Asking before something is done that cannot be taken back."""

import sys

import click

from dockyard.errors import DockyardError


def confirm(question: str, yes: bool) -> None:
    """Returns where the answer is yes. Raises click.Abort for no, DockyardError where nobody can be asked."""
    if yes:
        return
    must_be_askable()
    click.confirm(question, abort=True, err=True)


def must_be_askable() -> None:
    """Raises DockyardError where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise DockyardError("nobody can be asked here", "add --yes")
