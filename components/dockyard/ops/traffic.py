"""What went through the front since this service began: counted from the audit log as it grows."""

from collections import Counter
from collections.abc import Iterable, Iterator

from dockyard.ops.audit_entry import ACTIONS, parse
from dockyard.ops.exposition import Sample

BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, float("inf"))
LIMITED = 429
ODD = "other"


class Traffic:
    """Counters; no user, address or repository is a label of them: everybody on the host may read metrics."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str]] = Counter()
        self._received: Counter[str] = Counter()
        self._sent: Counter[str] = Counter()
        self._durations: dict[str, Durations] = {action: Durations() for action in ACTIONS}
        self._failed = self._limited = self._unreadable = 0

    def count(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            entry = parse(line)
            if entry is None:
                self._unreadable += 1
                continue
            action, status = entry["action"], int(entry["status"])
            self._requests[action, str(status) if 100 <= status <= 599 else ODD] += 1
            self._received[action] += int(entry["bytes_in"])
            self._sent[action] += int(entry["bytes_out"])
            self._durations[action].add(entry["duration"])
            self._failed += entry["failed_login"]
            self._limited += status == LIMITED

    def samples(self) -> Iterator[Sample]:
        for (action, status), count in sorted(self._requests.items()):
            yield Sample("dockyard_requests_total", count, {"action": action, "status": status})
        for action in ACTIONS:
            yield Sample("dockyard_received_bytes_total", self._received[action], {"action": action})
            yield Sample("dockyard_sent_bytes_total", self._sent[action], {"action": action})
        for action in sorted({action for action, _ in self._requests}):
            yield from self._durations[action].samples("dockyard_request_duration_seconds", action)
        yield Sample("dockyard_failed_logins_total", self._failed)
        yield Sample("dockyard_limited_requests_total", self._limited)
        yield Sample("dockyard_unreadable_lines_total", self._unreadable)


class Durations:
    """A histogram."""

    def __init__(self) -> None:
        self._counts = [0] * len(BUCKETS)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[next(place for place, most in enumerate(BUCKETS) if seconds <= most)] += 1
        self._sum += seconds

    def samples(self, name: str, action: str) -> Iterator[Sample]:
        total = 0
        for most, count in zip(BUCKETS, self._counts, strict=True):
            total += count
            bound = "+Inf" if most == BUCKETS[-1] else f"{most:g}"
            yield Sample(f"{name}_bucket", total, {"action": action, "le": bound})
        yield Sample(f"{name}_sum", round(self._sum, 3), {"action": action})
        yield Sample(f"{name}_count", total, {"action": action})
