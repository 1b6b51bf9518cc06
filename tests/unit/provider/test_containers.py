"""What is said of a container that is not well, though Docker has started it again while its check ran."""

import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from dockyard.provider.agent import containers
from dockyard.self_hosted.bundle import Service

BUNDLE: Any = SimpleNamespace(containers=True, services=(Service("registry-front", container="front"),))


def front(started: str, running: bool = True) -> dict[str, Any]:
    state = {"Running": running, "Paused": False, "Restarting": False, "StartedAt": started}
    return {"Id": "0123", "State": state, "Config": {"Healthcheck": {"Test": ["CMD", "check"]}}}


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ({"front": front("10:00")}, "registry-front is not well: is not running"),
        ({"front": front("10:01")}, "registry-front does not run"),
        ({"front": front("10:00", running=False)}, "registry-front does not run"),
        ({}, "registry-front does not run"),
    ],
)
def test_a_check_that_was_cut_off_by_the_end_of_its_container_is_told_as_that_end(
    monkeypatch: pytest.MonkeyPatch, later: dict[str, Any], told: str
) -> None:
    looks = iter(({"front": front("10:00")}, later))
    failed = subprocess.CompletedProcess((), 1, "", "is not running")
    monkeypatch.setattr(containers.docker, "states", lambda _: next(looks))
    monkeypatch.setattr(containers.docker, "attempt", lambda *_, **__: failed)
    monkeypatch.setattr(containers, "log_tail", lambda *_: ["its last words"])
    assert containers._unwell(BUNDLE).splitlines()[0] == told
