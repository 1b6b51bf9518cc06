"""Asking before something is done that cannot be taken back."""

import sys

import click

from dockyard.errors import DockyardError


def confirm(question: str, yes: bool) -> None:
    """Returns where the answer is yes. Raises click.Abort for no, DockyardError where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise DockyardError("nobody can be asked here", "add --yes")
    click.confirm(question, abort=True, err=True)
