"""Credential: a generated password with its bcrypt line."""

import base64
import re
import secrets
from typing import Any

from dockyard.engine.values import UNKNOWN, Secret
from dockyard.engine.wire import has_unknown
from dockyard.engine.wire import unwrap as plain
from dockyard.errors import Problem
from dockyard.provider.resource import Call, Change, Difference, Properties

# What stands before the colon in an htpasswd line; NGINX and Docker both take more, none of it is needed.
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
COSTS = range(4, 11)


class Credential:
    """Password and salt come from the state once they are made: the same inputs never make new ones."""

    def check(self, call: Call, news: Properties) -> list[Problem]:
        news.setdefault("bcryptCost", 5.0)
        known = {key: plain(value) for key, value in news.items() if not has_unknown(value)}
        problems = [
            Problem(key, "unknown property")
            for key in news
            if key not in ("username", "bcryptCost", "rotation")
        ]
        username = known.get("username", "" if "username" not in news else UNKNOWN)
        if username is not UNKNOWN and not (isinstance(username, str) and USERNAME.fullmatch(username)):
            rule = "must start with a letter or digit and hold only letters, digits and . _ @ + -"
            problems.append(Problem("username", f"{rule}, got {username!r}"))
        cost = known.get("bcryptCost", 5.0)
        if not is_whole(cost) or int(cost) not in COSTS:
            problems.append(Problem("bcryptCost", f"must be a whole number from 4 to 10, got {cost!r}"))
        if not isinstance(known.get("rotation", ""), str):
            problems.append(Problem("rotation", f"must be a text, got {known['rotation']!r}"))
        return problems

    def diff(self, call: Call, id_: str, olds: Properties, news: Properties) -> Difference:
        changes = {key: Change.UPDATE for key in ("bcryptCost", "rotation") if differs(olds, news, key)}
        if differs(olds, news, "username"):
            changes["username"] = Change.UPDATE_REPLACE
        return Difference(changes)

    def create(self, call: Call, news: Properties, preview: bool) -> tuple[str, Properties]:
        if preview or has_unknown(news):
            return "", {**news, "password": Secret(UNKNOWN), "htpasswd": Secret(UNKNOWN)}
        return plain(news["username"]), _outputs(news, _new_password())

    def update(self, call: Call, id_: str, olds: Properties, news: Properties, preview: bool) -> Properties:
        rotate = differs(olds, news, "rotation")
        if not rotate and not differs(olds, news, "bcryptCost"):
            return {**news, "password": olds["password"], "htpasswd": olds["htpasswd"]}
        if preview or has_unknown(news):
            password = UNKNOWN if rotate else plain(olds["password"])
            return {**news, "password": Secret(password), "htpasswd": Secret(UNKNOWN)}
        return _outputs(news, _new_password() if rotate else plain(olds["password"]))

    def read(self, call: Call, id_: str, outputs: Properties) -> Properties:
        return outputs

    def delete(self, call: Call, id_: str, outputs: Properties) -> None:
        """The state holds all there is of it."""


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
