"""What goes wrong, said so that a person can mend it.

DockyardError             one sentence, and a hint where there is one
└── ProblemsError         several problems at once: path first, then what is wrong, the hint last

Nothing here imports Pulumi: the renderer, the engine and the command share these. Where a component raises inside a Pulumi
program, `dockyard.run_error` turns them into a `pulumi.RunError`, which Pulumi prints without a traceback.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing to mend.

    path: where it stands, keys joined by "/": `users/ci/push/0`.
    message: what is wrong and what was found, without a full stop: `must be between 1 and 65535, got 0`.
    hint: what to type or change; "" where the message says it.
    """

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class DockyardError(Exception):
    """Any failure that dockyard explains itself. `str()` is the whole text; the command exits with code 1."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ProblemsError(DockyardError):
    """Every problem of one subject (`SelfHostedRegistry 'images'`, `stacks/Pulumi.local.yaml`), in the order found."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{subject}: {count} problem{'' if count == 1 else 's'}"]
        lines += [f"  {problem}" for problem in self.problems]
        hints = list(dict.fromkeys(problem.hint for problem in self.problems if problem.hint))
        super().__init__("\n".join(lines), "\nhint: ".join(hints))
