"""Errors as Pulumi programs raise them."""

import pulumi

from dockyard.errors import DockyardError


class ArgsError(pulumi.RunError):
    """Arguments that a component refuses. A `pulumi.RunError`: Pulumi prints its text and no traceback, and exits 1."""

    def __init__(self, error: DockyardError) -> None:
        super().__init__(str(error))
        self.error = error
