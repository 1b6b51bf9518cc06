"""What goes wrong on the host, said so that a person can mend it."""


class OpsError(Exception):
    """One sentence, and a hint where there is one. The command prints both and exits with code 1."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
