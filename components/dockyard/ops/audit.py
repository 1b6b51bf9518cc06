"""`ops.pyz audit`: who did what, of the audit log and of all that was put aside of it."""

import ipaddress
import json
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dockyard.ops import log_files
from dockyard.ops.audit_entry import ACTIONS, STEPS, done, harmless, parse, seconds
from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError
from dockyard.ops.log_files import Aside, Tail
from dockyard.ops.moments import moment
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings

LOG = "audit.log"
ALL = "all"
MOST = 100_000
PAUSE = 0.5
NOT_FOUND = 404
"""Before a push it is looked what is there already: that it is not is no news."""
SLACK = 60.0
"""The clock of a host may be set back a little between a line and the name of its file."""
STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
Entry = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which lines; what is empty is not asked."""

    user: str = ""
    repository: str = ""
    """A pattern, as users have them."""
    reference: str = ""
    digest: str = ""
    address: str = ""
    """Of a client, or a network of them."""
    actions: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    """`403`, or `4xx` for all of them."""
    since: str = ""
    until: str = ""
    failed: bool = False
    """Failed sign-ins alone."""
    limit: int = 0
    """The last ones alone; 0 for all."""
    follow: bool = False


def wanted(text: str) -> Wanted:
    """Of JSON. Raises OpsError for what it does not know."""
    try:
        found = Wanted(**json.loads(text or "{}"))
    except (ValueError, TypeError):
        known = ", ".join(it.name for it in fields(Wanted))
        raise OpsError("what is wanted cannot be read", f"a JSON object of {known}") from None
    return found


class Filter:
    """Which entries are wanted. Raises OpsError for what cannot be asked."""

    def __init__(self, wish: Wanted, now: float) -> None:
        self._wish = wish
        self.since = moment(wish.since, now) if wish.since else 0.0
        self._until = moment(wish.until, now) if wish.until else float("inf")
        self._repository = re.compile(_pattern(wish.repository)) if wish.repository else None
        self._network = _network(wish.address) if wish.address else None
        for action in wish.actions:
            if action not in (*ACTIONS, ALL):
                raise OpsError(f"there is no action {action!r}", f"one of {', '.join((*ACTIONS, ALL))}")
        for status in wish.status:
            if not STATUS.fullmatch(status):
                raise OpsError(f"{status!r} is no status", "such as 403, or 4xx for all of them")
        if not 0 <= wish.limit <= MOST:
            raise OpsError(f"the limit must be between 0 and {MOST}, got {wish.limit}")
        if wish.follow and (wish.until or wish.limit):
            raise OpsError("what is followed has no end", "leave `until` and `limit` out")

    def takes(self, entry: Entry) -> bool:
        wish = self._wish
        return (
            self._acted(entry)
            and (not wish.user or entry["user"] == wish.user)
            and (not wish.reference or entry["reference"] == wish.reference)
            and (not wish.digest or wish.digest in (entry["digest"], entry["reference"]))
            and (not wish.status or any(_fits(it, entry["status"]) for it in wish.status))
            and (not wish.failed or entry["failed_login"])
            and (self._repository is None or self._repository.fullmatch(entry["repository"]) is not None)
            and (self._network is None or _within(self._network, entry["address"]))
            and self.since <= (seconds(entry["time"]) or 0.0) < self._until
        )

    def _acted(self, entry: Entry) -> bool:
        """An action that is asked for was done, unless a status is asked for as well. Steps that went well are left out."""
        wish, action = self._wish, entry["action"]
        if ALL in wish.actions or action in wish.actions:
            return bool(
                wish.status or wish.failed or ALL in wish.actions or done(entry) or action == "challenge"
            )
        if wish.actions:
            return False
        went_well = done(entry) or (action == "look" and entry["status"] == NOT_FOUND)
        return action != "challenge" and not (action in STEPS and went_well)


def _pattern(pattern: str) -> str:
    """As `dockyard.self_hosted.patterns` has it; a test holds both to the same answers."""
    parts = (
        "[^/]+(?:/[^/]+)*" if part == "**" else "[^/]*".join(map(re.escape, part.split("*")))
        for part in pattern.split("/")
    )
    return "/".join(parts)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise OpsError(f"{text!r} is no address", "such as 10.0.0.5, 10.0.0.0/8 or 2001:db8::/32") from None


def _within(network: Network, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _fits(status: str, number: float) -> bool:
    return f"{int(number):03}"[0] == status[0] if status.endswith("xx") else str(int(number)) == status


def audit(settings: Settings, wish: Wanted, report: Report) -> dict[str, Any]:
    """Tells each entry as it is found; gives how many were read, found, and no lines of the log."""
    asked = Filter(wish, time.time())
    counts = {"read": 0, "found": 0, "unreadable": 0}
    try:
        files, tail = log_files.opened(settings.logs / LOG)
    except PermissionError:
        raise OpsError(f"this user may not read {settings.logs}", "run it as root, with sudo") from None
    except FileNotFoundError:
        raise OpsError(f"{settings.logs} is missing", "run `dockyard up`") from None
    found = _found(_read(files, tail, asked.since, report), asked, counts)
    for entry in deque(found, wish.limit) if wish.limit else found:
        report.entry(harmless(entry))
    if wish.follow:
        end_with_parent()
    while wish.follow:
        time.sleep(PAUSE)
        for entry in _found(tail.lines(), asked, counts):
            report.entry(harmless(entry))
    return counts


def _read(files: Iterable[Aside], tail: Tail, since: float, report: Report) -> Iterator[bytes]:
    """In order of time. Files whose every line is older are not read; what is damaged is told, and the rest is read."""
    for file in files:
        if file.at < since - SLACK:
            continue
        try:
            yield from log_files.read(file)
        except ValueError as error:
            report.progress(f"{file.place.name} is damaged, lines of it are missing: {error}")
    yield from tail.lines()


def _found(lines: Iterable[bytes], asked: Filter, counts: dict[str, int]) -> Iterator[Entry]:
    for line in lines:
        counts["read"] += 1
        entry = parse(line)
        if entry is None:
            counts["unreadable"] += 1
        elif asked.takes(entry):
            counts["found"] += 1
            yield entry


def plain(wish: Mapping[str, Any]) -> str:
    """What `wanted` reads, of what is not empty."""
    return json.dumps({key: value for key, value in wish.items() if value})
