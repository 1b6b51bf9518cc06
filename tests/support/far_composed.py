"""A registry whose containers the Docker daemon of a throw-away host runs, applied by SSH as a user with sudo."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.far_facts import far_facts
from dockyard.self_hosted.settings import read_settings

from tests.support.composed import Composed
from tests.support.docker import IMAGES
from tests.support.far_docker import UNTOLD, FarDaemon
from tests.support.supervised import Far, far


@dataclass
class FarComposed(Composed, Far):
    """What it is and where it is."""

    daemon: FarDaemon = field(kw_only=True)

    @cached_property
    def facts(self) -> HostFacts:
        """As the host tells them."""
        settings = read_settings(self.settings, self.name)
        assert settings.target
        return far_facts(settings, settings.target, self.name, self.lines.append)

    def command(self, *command: str) -> list[str]:
        return self.there.command(*UNTOLD, *command)


def far_composed(daemon: FarDaemon, folder: Path, **settings: Any) -> FarComposed:
    """Not applied yet."""
    made = far(daemon.there, folder, **{"images": IMAGES, **settings})
    wanted = {**made.settings, "runtime": "compose"}
    return FarComposed(made.name, folder, wanted, daemon=daemon, there=daemon.there)
