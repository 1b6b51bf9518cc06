"""Other firewalls of a host, the real ones: what the doctor says of them is what clients see, and what it says to type opens the port."""

import socket
from collections.abc import Iterator

import pytest

from tests.support.booted_host import BootedHost
from tests.support.instance import wait_until
from tests.support.supervised import Units

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("systemd")]
PORT = 8443
BEGIN = {
    "firewalld": "systemctl start firewalld",
    "ufw": "ufw allow 22/tcp && ufw --force enable",
}
END = {"firewalld": "systemctl stop firewalld", "ufw": "ufw --force disable"}
PROGRAMS = {"firewalld": "firewall-cmd", "ufw": "ufw"}


def reached(lab: Units) -> bool:
    """What is dropped is not answered at all."""
    try:
        with socket.create_connection((lab.there.address, PORT), 3):
            return True
    except OSError:
        return False


@pytest.fixture(params=BEGIN)
def gate(request: pytest.FixtureRequest, host: BootedHost, lab: Units) -> Iterator[None]:
    """A firewall that runs."""
    if not host.run("sh", "-c", f"command -v {PROGRAMS[request.param]}", ok=False):
        pytest.skip(f"not installed: {request.param}")
    lab.said("sh", "-c", BEGIN[request.param])
    yield
    lab.said("sh", "-c", END[request.param])


@pytest.mark.usefixtures("gate")
def test_a_port_that_is_shut_is_told_with_what_opens_it(lab: Units) -> None:
    def told() -> dict[str, str]:
        (found,) = (it for it in lab.operations("doctor")["checks"] if it["name"] == "other firewalls")
        return found

    wait_until(lambda: not reached(lab), "the port to be shut")
    found = told()
    assert (found["status"], f"lets nobody in at {PORT}/tcp" in found["evidence"]) == ("warning", True), found
    lab.said("sh", "-c", found["hint"])
    wait_until(lab.instance.answers, "the front to answer")
    assert told()["status"] == "ok"
