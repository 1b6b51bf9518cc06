"""What an operation says: JSON lines on standard output, `progress` while it works and `result` or `error` at its end."""

import json
from typing import Any


class Report:
    """Prints each event at once; the command of `dockyard` shows them to people."""

    def progress(self, text: str) -> None:
        self._say(progress=text)

    def result(self, found: dict[str, Any]) -> None:
        self._say(result=found)

    def error(self, message: str, hint: str) -> None:
        self._say(error={"message": message, "hint": hint})

    def _say(self, **event: Any) -> None:
        print(json.dumps(event), flush=True)
