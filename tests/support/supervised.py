"""A registry that supervisord runs, as root on this machine or on a throw-away host; or systemd, on one that it has booted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.programs import service_name
from dockyard.self_hosted.settings import read_settings
from dockyard.self_hosted.target import connection, ssh_facts

from tests.support.booted_host import BootedHost
from tests.support.deployed import Deployed
from tests.support.far_host import FarHost
from tests.support.instance import SETTINGS, free_port


@dataclass
class Supervised(Deployed):
    """By a supervisord of its own."""

    def stop(self, service: str) -> None:
        conf = f"{self.plan.paths.etc}/supervisord.conf"
        self.said(self.facts.python, "-m", "supervisor.supervisorctl", "-c", conf, "stop", service)


@dataclass
class Far(Supervised):
    """On a throw-away host, by SSH, as a user with sudo."""

    there: FarHost = field(kw_only=True)

    @property
    def facts(self) -> HostFacts:
        settings = read_settings(self.settings, self.name)
        assert settings.target
        return ssh_facts(settings.target, settings.runtime)

    @property
    def connection(self) -> Mapping[str, Any]:
        return connection(read_settings(self.settings, self.name).target, lambda text: text)

    def path(self, path: str) -> Path:
        return self.there.path(path)

    def command(self, *command: str) -> list[str]:
        return self.there.command(*command)


@dataclass
class Units(Far):
    """By systemd, process 1 of the host."""

    def stop(self, service: str) -> None:
        self.said("systemctl", "stop", service_name(self.plan, service))


def supervised(folder: Path, **settings: Any) -> Supervised:
    """Not applied yet."""
    port = free_port()
    return Supervised(
        f"supervised-{port}", folder, {"runtime": "supervisor", "port": port, **SETTINGS, **settings}
    )


def far(host: FarHost, folder: Path, **settings: Any) -> Far:
    """Not applied yet. `deploy` has sudo without a password."""
    return Far("far", folder, _there(host, runtime="supervisor", **settings), there=host)


def units(host: BootedHost, folder: Path, **settings: Any) -> Units:
    """Not applied yet; in the same manner."""
    return Units("units", folder, _there(host, runtime="systemd", **settings), there=host)


def _there(host: FarHost, **settings: Any) -> dict[str, Any]:
    return {
        "port": 8443,
        **SETTINGS,
        "domain": host.address,
        "listen": [host.address],
        "target": host.target("deploy", sudo=True),
        **settings,
    }
