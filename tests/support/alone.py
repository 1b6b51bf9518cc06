"""A registry without a front, in one container that a real Docker daemon runs."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.composed import Composed, composed
from tests.support.docker import IMAGES, Daemon
from tests.support.operations import BY_HAND

USERS: dict[str, Any] = {"admin": {"admin": True}, "ci": {"admin": True}}
SETTINGS: dict[str, Any] = {
    "front": "none",
    "users": USERS,
    "images": {"registry": IMAGES["registry"]},
    "backup": BY_HAND,
    "scrub": {"every_days": 0},
    "upkeep": {"gc_every_days": 0, "inventory_every_minutes": 0},
}


@dataclass
class Alone(Composed):
    """Clients reach the registry itself."""

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError), self.client() as nobody:
            return nobody.get("/v2/").status_code == 401
        return False

    def takes_writes(self) -> bool:
        """Whether an upload may begin."""
        with contextlib.suppress(httpx.TransportError), self.client("ci") as client:
            return client.post("/v2/any/thing/blobs/uploads/").status_code == 202
        return False

    @property
    def switch(self) -> Path:
        return Path(self.plan.paths.read_only)


def single(daemon: Daemon, folder: Path, **settings: Any) -> Alone:
    """Not applied yet."""
    made = composed(daemon, folder, **{**SETTINGS, **settings})
    return Alone(made.name, folder, made.settings, daemon=daemon)
