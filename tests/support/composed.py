"""A registry whose containers a real Docker daemon runs, applied as the plugin applies it, as root on this machine."""

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dockyard.errors import DockyardError

from tests.support.deployed import Deployed, Main
from tests.support.docker import IMAGES, PROGRAMS, Daemon
from tests.support.instance import SETTINGS, free_port, wait_until
from tests.support.processes import descendants, statuses

SERVICES = ("registry", "front")


@dataclass
class Composed(Deployed):
    """Its containers, beside what every registry has."""

    daemon: Daemon = field(kw_only=True)

    def command(self, *command: str) -> list[str]:
        variables = [f"{name}={value}" for name, value in self.daemon.environment.items()]
        return ["env", *variables, *command]

    def running(self) -> list[Main]:
        """With what a container was started as, where that is another process."""
        found = super().running()
        pids = {name: int(self.container(name)["State"]["Pid"]) for name in self.ids()}
        began = self._began(pids.values())
        more = {name: pid for name, pid in pids.items() if pid in began.keys() - {main.pid for main in found}}
        return sorted([*found, *(Main(f"container {name}", pid, began[pid]) for name, pid in more.items())])

    def left(self) -> list[str]:
        return [*super().left(), *self.ids(), *self.daemon.said("volume", "ls", "--quiet").split()]

    def stop(self, service: str) -> None:
        self.daemon.said("container", "stop", "--time", "60", self.ids()[service])

    def version_3(self, program: Path) -> dict[str, Any]:
        """In an image of its own."""
        self.daemon.load("registry:3.1.1", {**PROGRAMS["registry"], "/bin/registry": str(program)})
        return {"version": "3", "images": {**self.settings["images"], "registry": "registry:3.1.1"}}

    def container(self, service: str) -> dict[str, Any]:
        """As Docker describes it."""
        found: list[dict[str, Any]] = json.loads(
            self.daemon.said("container", "inspect", self.ids()[service])
        )
        return found[0]

    def inside(self, service: str) -> list[dict[str, str]]:
        """What is known of a container's first process and of all below it: not of checks of its health, which Docker begins as root."""
        first = int(self.container(service)["State"]["Pid"])
        return statuses([first, *descendants(first)])

    def refused(self, **settings: Any) -> str:
        """What an `up` says that must fail; the settings are as before then."""
        kept = dict(self.settings)
        with pytest.raises(DockyardError) as error:
            self.up(**settings)
        self.settings = kept
        return f"{error.value.message}\n{error.value.hint}"

    def ids(self) -> dict[str, str]:
        listed = self.daemon.said(
            *("container", "ls", "--all", "--no-trunc"),
            *("--filter", f"label=com.docker.compose.project=dockyard-{self.name}"),
            *("--format", '{{.Label "com.docker.compose.service"}} {{.ID}}'),
        )
        return dict(line.split() for line in listed.splitlines())

    def by_hand(self) -> None:
        """What a person types in the folder of compose.yaml."""
        self.daemon.said("compose", "--file", f"{self.plan.paths.etc}/compose.yaml", "up", "--detach")

    def audited(self, user: str, path: str) -> dict[str, Any]:
        """The entry of a request of a user's."""
        with self.client(user) as client:
            client.get(path)
        entry: dict[str, Any] = json.loads(self.logged(path))
        return entry

    def logged(self, path: str) -> str:
        """The last line of the audit log that holds the path of a request, which was answered: its line follows."""
        log, found = Path(self.plan.paths.log, "audit.log"), []

        def written() -> bool:
            # A log that is put aside is missing for a moment.
            with contextlib.suppress(FileNotFoundError):
                found[:] = [line for line in log.read_text().splitlines() if path in line]
            return bool(found)

        wait_until(written, f"the line of {path}")
        return found[-1]

    def starts(self) -> dict[str, tuple[str, str]]:
        """Service -> container and when it was started."""
        return {name: (each, self.container(name)["State"]["StartedAt"]) for name, each in self.ids().items()}


def composed(daemon: Daemon, folder: Path, **settings: Any) -> Composed:
    """Not applied yet."""
    port = free_port()
    wanted = {"runtime": "compose", "images": IMAGES, "port": port, **SETTINGS, **settings}
    return Composed(f"compose-{port}", folder, wanted, daemon=daemon)
