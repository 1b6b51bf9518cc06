"""A daemon for the clock: installed where there is none and the host may set it, started once, never put in another's place."""

from pathlib import Path

import pytest
from dockyard.provider.agent import clock, packages
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, Runtime

DAEMONS = ("chrony", "systemd-timesyncd", "openntpd")
BUNDLE = Bundle(Runtime.SYSTEMD, time_daemons=DAEMONS)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that say what their file holds and write down how they were called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, code in (("systemctl", 1), ("service", 1), ("systemd-detect-virt", 1)):
        program(tmp_path, name, code)
    dpkg = programs / "dpkg-query"
    dpkg.write_text(f"#!/bin/sh\ncat {tmp_path}/installed 2>/dev/null\n")
    dpkg.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(clock, "CONTAINER_MARKS", (f"{tmp_path}/container",))
    monkeypatch.setattr(clock, "_systemd", lambda: True)
    return tmp_path


def program(machine: Path, name: str, code: int) -> None:
    file = machine / "bin" / name
    file.write_text(f'#!/bin/sh\necho "{name} $*" >> {machine}/calls\nexit {code}\n')
    file.chmod(0o755)


def test_the_first_is_installed_where_there_is_none(machine, monkeypatch):
    monkeypatch.setattr(clock, "reason", lambda: "")
    assert packages.missing(BUNDLE) == ["chrony"]
    assert clock.told(BUNDLE, DAEMONS) == []


@pytest.mark.parametrize("there", DAEMONS)
def test_any_that_is_there_is_enough(machine, monkeypatch, there):
    monkeypatch.setattr(clock, "reason", lambda: "")
    (machine / "installed").write_text(f"ii  {there}\n")
    assert packages.missing(BUNDLE) == []


def test_none_is_wanted_where_the_setting_says_so(machine):
    assert packages.missing(Bundle(Runtime.SYSTEMD)) == []
    assert clock.told(Bundle(Runtime.SYSTEMD), []) == []


@pytest.mark.parametrize("sign", ["file", "program"])
def test_a_container_is_left_alone_and_it_is_said_why(machine, sign):
    if sign == "file":
        (machine / "container").touch()
    else:
        program(machine, "systemd-detect-virt", 0)
    assert packages.missing(BUNDLE) == []
    assert clock.told(BUNDLE, DAEMONS) == ["no chrony: this is a container, whose clock is its host's"]
    assert clock.told(BUNDLE, DAEMONS[1:]) == [], "one is there"


def test_what_we_have_installed_is_started_once_and_nobody_else_s(machine):
    record = Record()
    assert clock.start(BUNDLE, record) == []
    record.packages = ["chrony"]
    (machine / "bin/systemctl").write_text(
        f'#!/bin/sh\necho "$*" >> {machine}/calls\n[ "$1" = enable ] && touch {machine}/on\n[ -e {machine}/on ]\n'
    )
    assert clock.start(BUNDLE, record) == ["started chrony"]
    assert clock.start(BUNDLE, record) == []
    assert (machine / "calls").read_text().count("enable --now chrony") == 1
