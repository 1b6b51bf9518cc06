"""What an operation says: JSON lines on standard output, `progress` while it works, an `entry` for each thing that it was asked for,
and `result` or `error` at its end."""

import json
from collections.abc import Callable
from typing import Any

from dockyard.ops.errors import OpsError


class Report:
    """Prints each event at once; the command of `dockyard` shows them to people."""

    def progress(self, text: str) -> None:
        self._say(progress=text)

    def entry(self, found: dict[str, Any]) -> None:
        self._say(entry=found)

    def result(self, found: dict[str, Any]) -> None:
        self._say(result=found)

    def error(self, message: str, hint: str) -> None:
        self._say(error={"message": message, "hint": hint})

    def told(self, part: Callable[[], int]) -> int:
        """The part's exit code; 1 for what is told as an error."""
        try:
            return part()
        except OpsError as error:
            self.error(error.message, error.hint)
        except OSError as error:
            self.error(f"{error.filename or 'the host'}: {error.strerror or error}", "")
        return 1

    def _say(self, **event: Any) -> None:
        print(json.dumps(event), flush=True)
