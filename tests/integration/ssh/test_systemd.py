"""Units on another host, with the stand-in for systemctl of this machine's tests: that pyinfra's operations come through."""

from pathlib import Path

import pytest
from dockyard.self_hosted.bundle import Directory, File, Requirement, Runtime, Service

from tests.integration.host.test_systemd import SYSTEMCTL
from tests.support.far_host import FarHost

from .conftest import lab_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("ssh-apply")]


def test_units_are_started_reloaded_and_stopped(host: FarHost) -> None:
    systemctl = host.path("/usr/bin/systemctl")
    host.path("/srv/world").mkdir()
    systemctl.unlink()
    systemctl.write_text(SYSTEMCTL.format(python="/usr/bin/python3", world="/srv/world"))
    systemctl.chmod(0o755)
    lab, calls = lab_on(host, "units", "deploy", sudo=True), host.path("/srv/calls")

    def up(text: str, *names: str) -> list[str]:
        """Applies, and gives the calls that changed something."""
        calls.write_text("")
        etc = "/srv/units/etc"
        lab.up(
            runtime=Runtime.SYSTEMD,
            directories={etc: Directory(0o755)},
            files={f"{etc}/reload": File(text, 0o644)},
            services=tuple(Service(f"dyk-{name}", (), (f"{etc}/reload",)) for name in names),
            checks=(),
            requires=Requirement(),
            supervisor=None,
        )
        return calls.read_text().splitlines()

    assert up("a", "one", "two") == ["daemon-reload", "start dyk-one", "start dyk-two"]
    assert up("a", "one", "two") == []
    assert up("b", "one", "two") == ["reload dyk-one", "reload dyk-two"]
    assert up("b", "one") == ["stop dyk-two", "disable dyk-two"]
    calls.write_text("")
    lab.down()
    assert calls.read_text().splitlines() == ["stop dyk-one", "disable dyk-one", "daemon-reload"]
    assert not Path(host.path("/srv/units")).exists()
