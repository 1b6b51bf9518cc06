"""What a registry is after its host was started again: in order, after a power failure, and in the middle of an `up`."""

import threading

import pytest
from dockyard.errors import DockyardError
from dockyard.self_hosted.firewall import table_name

from tests.support.booted_host import BootedHost
from tests.support.instance import wait_until
from tests.support.supervised import Units

from .conftest import STAYING, TIMED, unit

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("systemd")]
SECONDS = 120


def came_back(lab: Units) -> None:
    """All by itself."""
    wait_until(lab.instance.answers, "the front to answer", SECONDS)
    wait_until(lambda: not lab.changes(), "everything to be as it shall be", SECONDS)


@pytest.mark.parametrize("way", ["restart", "reboot"])
def test_everything_comes_back_by_itself(lab: Units, host: BootedHost, way: str) -> None:
    """`reboot` is a power failure."""
    image = lab.push("team/boot", way, way.encode() * 1000)
    roles = [main.role for main in lab.running()]
    getattr(host, way)()
    came_back(lab)
    assert [main.role for main in lab.running()] == roles
    names = [*(f"{unit(name)}.service" for name in STAYING), *(f"{unit(name)}.timer" for name in TIMED)]
    assert lab.said("systemctl", "is-active", *names).split() == ["active"] * len(names)
    assert "100.64.0.0/10" in lab.said("nft", "list", "table", "inet", table_name("units"))
    held, opened = (
        int(lab.said("systemctl", "show", "--value", "-p", key, unit(name)))
        for name, key in (
            ("firewall", "ActiveEnterTimestampMonotonic"),
            ("front", "ExecMainStartTimestampMonotonic"),
        )
    )
    assert held <= opened, "the port is not open for a moment without its firewall"
    assert lab.registry.pulls(image)
    with lab.client("nobody-known", "") as stranger:
        assert stranger.get("/v2/").status_code == 401
    assert [it for it in lab.operations("doctor")["checks"] if it["status"] == "failure"] == []
    assert lab.up().changes == {}


@pytest.mark.parametrize("moment", ["writing files", "restarting dockyard-units-registry"])
def test_an_up_in_the_middle_of_which_the_power_fails_is_made_up_for_by_the_next(
    lab: Units, host: BootedHost, moment: str
) -> None:
    image = lab.push("team/cut", "v1", moment.encode() * 1000)
    limit = lab.settings["memory_limit"]
    ended: list[BaseException | None] = []

    def up() -> None:
        try:
            lab.up(memory_limit="400M" if limit == "384M" else "384M")
            ended.append(None)
        except DockyardError as error:
            ended.append(error)

    lab.lines.clear()
    thread = threading.Thread(target=up)
    thread.start()
    wait_until(lambda: moment in lab.lines or ended, f"{moment!r}", SECONDS)
    host.halt()
    thread.join(SECONDS)
    assert isinstance(ended[0], DockyardError), ended
    host.boot()
    wait_until(lab.instance.answers, "what was served before, or what shall be", SECONDS)
    assert lab.registry.pulls(image)
    lab.up()
    wait_until(lab.instance.answers, "the front to answer", SECONDS)
    assert lab.changes() == {}
    assert lab.registry.pulls(image)
