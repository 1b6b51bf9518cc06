"""What has been done to a stack: one record per operation, as the CLI keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Update:
    """One finished operation, for the history. kind: update, refresh, destroy, import. start, end: seconds
    since 1970.

    changes: count by step ("create", "same", ...). config: encrypted, as `StackConfig.encrypted`.
    """

    kind: str
    start: float
    end: float
    succeeded: bool
    changes: Mapping[str, int] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """As `backend.UpdateInfo` is written."""
        return {
            "kind": self.kind,
            "startTime": int(self.start),
            "message": self.message,
            "environment": dict(self.environment),
            "config": dict(self.config),
            "version": 0,
            "result": "succeeded" if self.succeeded else "failed",
            "endTime": int(self.end),
            "resourceChanges": {key: count for key, count in self.changes.items() if count},
        }
