"""Packages of the distribution: their services stay quiet, through kills too. With a stand-in for dpkg; nothing is installed."""

import pytest
from dockyard.provider.agent import guard, packages
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, File, Runtime


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A file system of its own for policy-rc.d and units, and programs that write down how they were called."""
    policy, units, calls = tmp_path / "policy-rc.d", tmp_path / "units", tmp_path / "calls"
    programs = tmp_path / "bin"
    for folder in (units, programs):
        folder.mkdir()
    calls.touch()
    for name in ("systemctl", "update-rc.d"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n')
        program.chmod(0o755)
    dpkg = programs / "dpkg-query"
    dpkg.write_text("#!/bin/sh\necho 'ii  nginx'\necho 'rc  docker-registry'\n")
    dpkg.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "UNIT_FOLDERS", (str(units),))
    monkeypatch.setattr(packages, "DPKG_LOCK", tmp_path / "lock")
    for name in ("is_ours", "put_up", "take_down"):
        function = getattr(guard, name)
        monkeypatch.setattr(guard, name, lambda at=policy, function=function: function(at))
    return tmp_path


@pytest.fixture
def plan(machine):
    files = {f"{machine}/etc/x": File("", 0o644)}
    services = ("dyk-front", "dyk-registry")
    return Plan("host-x", Bundle(Runtime.SYSTEMD, package_services=services, files=files))


def test_only_what_dpkg_has_fully_installed_counts(machine):
    bundle = Bundle(Runtime.SYSTEMD, packages=("nginx", "docker-registry", "restic"))
    assert packages.missing_packages(bundle.packages, bundle.package_manager) == ["docker-registry", "restic"]


def test_services_that_an_installation_brings_are_disabled(machine, plan):
    record = Record()
    packages.begin(plan, record, ["a"])
    assert (machine / "policy-rc.d").read_text() == guard.TEXT
    (machine / "units/dyk-front.service").touch()
    assert packages.end(plan, Record.load(plan.record)) == ["dyk-front"]
    assert not (machine / "policy-rc.d").exists()
    calls = (machine / "calls").read_text()
    assert "systemctl disable" in calls
    assert "dyk-registry" not in calls


def test_a_service_that_was_there_before_is_left_alone(machine, plan):
    (machine / "units/dyk-front.service").touch()
    packages.begin(plan, Record(), ["a"])
    (machine / "units/dyk-registry.service").touch()
    assert packages.end(plan, Record.load(plan.record)) == ["dyk-registry"]


def test_a_policy_of_the_machine_is_respected(machine, plan):
    own = machine / "policy-rc.d"
    own.write_text("#!/bin/sh\nexit 0\n")
    packages.begin(plan, Record(), ["a"])
    packages.end(plan, Record.load(plan.record))
    assert own.read_text() == "#!/bin/sh\nexit 0\n"


def test_what_a_killed_installation_left_is_finished_by_the_next_run(machine, plan):
    packages.begin(plan, Record(), ["a"])
    (machine / "units/dyk-front.service").touch()
    record = Record.load(plan.record)
    assert record.packages == ["a"]
    assert packages.end(plan, record) == ["dyk-front"]
    assert packages.end(plan, Record.load(plan.record)) == []
