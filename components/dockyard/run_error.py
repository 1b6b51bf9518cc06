"""Errors as Pulumi programs raise them."""

import contextlib
from collections.abc import Iterator

import pulumi

from dockyard.errors import DockyardError


class ArgsError(pulumi.RunError):
    """Arguments that a component refuses. A `pulumi.RunError`: Pulumi prints its text and no traceback, and exits 1."""

    def __init__(self, error: DockyardError) -> None:
        super().__init__(str(error))
        self.error = error


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """What is wrong with arguments, as a program is told it. Raises ArgsError in place of a DockyardError."""
    try:
        yield
    except DockyardError as error:
        raise ArgsError(error) from None
