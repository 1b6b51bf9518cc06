"""Credential: a generated password with its bcrypt line."""

import base64
import datetime
import re
import secrets
from collections.abc import Callable
from typing import Any

from dockyard.engine.values import UNKNOWN, Secret
from dockyard.engine.wire import has_unknown
from dockyard.engine.wire import unwrap as plain
from dockyard.errors import Problem
from dockyard.provider.resource import Call, Change, Difference, Properties

# What stands before the colon in an htpasswd line; NGINX and Docker both take more, none of it is needed.
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
COSTS = range(4, 11)
INPUTS = ("username", "bcryptCost", "rotation", "overlapHours")
OVERLAPS = range(721)


class Credential:
    """Password and salt come from the state once they are made: the same inputs never make new ones.

    A rotation keeps the former line and when it ends; an `up` after that drops it. Whoever uses the line must refuse it at its
    end by himself: nobody need run `up` then.
    """

    def __init__(self, now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC)):
        self._now = now

    def check(self, call: Call, news: Properties) -> list[Problem]:
        news.setdefault("bcryptCost", 5.0)
        known = {key: plain(value) for key, value in news.items() if not has_unknown(value)}
        problems = [Problem(key, "unknown property") for key in news if key not in INPUTS]
        username = known.get("username", "" if "username" not in news else UNKNOWN)
        if username is not UNKNOWN and not (isinstance(username, str) and USERNAME.fullmatch(username)):
            rule = "must start with a letter or digit and hold only letters, digits and . _ @ + -"
            problems.append(Problem("username", f"{rule}, got {username!r}"))
        cost = known.get("bcryptCost", 5.0)
        if not is_whole(cost) or int(cost) not in COSTS:
            problems.append(Problem("bcryptCost", f"must be a whole number from 4 to 10, got {cost!r}"))
        if not isinstance(known.get("rotation", ""), str):
            problems.append(Problem("rotation", f"must be a text, got {known['rotation']!r}"))
        overlap = known.get("overlapHours", 0.0)
        if not is_whole(overlap) or int(overlap) not in OVERLAPS:
            problems.append(Problem("overlapHours", f"must be a whole number from 0 to 720, got {overlap!r}"))
        return problems

    def diff(self, call: Call, id_: str, olds: Properties, news: Properties) -> Difference:
        changes = {key: Change.UPDATE for key in INPUTS[1:] if differs(olds, news, key)}
        if self._ended(olds):
            call.log(f"{call.name}: the former password ended {olds['formerUntil']}", False)
            changes["formerUntil"] = Change.UPDATE
        if differs(olds, news, "username"):
            changes["username"] = Change.UPDATE_REPLACE
        return Difference(changes)

    def create(self, call: Call, news: Properties, preview: bool) -> tuple[str, Properties]:
        if preview or has_unknown(news):
            return "", {**news, "password": Secret(UNKNOWN), "htpasswd": Secret(UNKNOWN), **NO_FORMER}
        made = {"madeAt": self._stamp(), **NO_FORMER}
        return plain(news["username"]), {**_outputs(news, _new_password()), **made}

    def update(self, call: Call, id_: str, olds: Properties, news: Properties, preview: bool) -> Properties:
        rotate = differs(olds, news, "rotation")
        rehash = rotate or differs(olds, news, "bcryptCost")
        if rehash and (preview or has_unknown(news)):
            password = UNKNOWN if rotate else plain(olds["password"])
            former = {"formerHtpasswd": Secret(UNKNOWN), "formerUntil": UNKNOWN} if rotate else {}
            return {**news, "password": Secret(password), "htpasswd": Secret(UNKNOWN), **former}
        if rotate:
            return {**_outputs(news, _new_password()), **self._former(news, olds["htpasswd"], self._stamp())}
        old = {"password": olds["password"], "htpasswd": olds["htpasswd"]}
        kept = _outputs(news, plain(olds["password"])) if rehash else {**news, **old}
        return {**kept, **self._former(news, olds.get("formerHtpasswd"), olds.get("madeAt"))}

    def _former(self, news: Properties, line: Any, made: Any) -> Properties:
        """The former line until the overlap ends, counted from when the password was made."""
        told = {"madeAt": made} if made else {}
        if has_unknown(news):
            return {**told, "formerHtpasswd": Secret(UNKNOWN), "formerUntil": UNKNOWN}
        overlap = datetime.timedelta(hours=int(plain(news.get("overlapHours")) or 0))
        if not (made and plain(line) and overlap):
            return {**told, **NO_FORMER}
        until = _stamp(datetime.datetime.fromisoformat(plain(made)) + overlap)
        former = {**told, "formerHtpasswd": Secret(plain(line)), "formerUntil": until}
        return {**told, **NO_FORMER} if self._ended(former) else former

    def _ended(self, outputs: Properties) -> bool:
        until = plain(outputs.get("formerUntil"))
        return bool(until) and datetime.datetime.fromisoformat(until) <= self._now()

    def _stamp(self) -> str:
        return _stamp(self._now())

    def read(self, call: Call, id_: str, outputs: Properties) -> Properties:
        return outputs

    def delete(self, call: Call, id_: str, outputs: Properties) -> None:
        """The state holds all there is of it."""


NO_FORMER = {"formerHtpasswd": Secret(""), "formerUntil": ""}


def _stamp(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _outputs(news: Properties, password: str) -> Properties:
    line = f"{plain(news['username'])}:{hash_password(password, int(plain(news['bcryptCost'])))}"
    return {**news, "password": Secret(password), "htpasswd": Secret(line)}


def _new_password() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def hash_password(password: str, cost: int) -> str:
    """The bcrypt hash with a new salt, under the name `$2y$` that every htpasswd reader knows (the same as `$2b$`)."""
    import bcrypt

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode().replace("$2b$", "$2y$", 1)


def differs(olds: Properties, news: Properties, key: str) -> bool:
    """Whether a property changes, secret or not; an unknown one does."""
    new = news.get(key)
    return has_unknown(new) or plain(olds.get(key)) != plain(new)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number (numbers travel as floats)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
