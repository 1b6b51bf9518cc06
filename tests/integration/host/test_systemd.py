"""Units under systemd, with a stand-in for systemctl that keeps their state in files: the order of things, not systemd itself."""

import sys
from pathlib import Path

import pytest
from dockyard.engine.values import Secret
from dockyard.provider.host import Host
from dockyard.provider.resource import Call
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import Bundle, File, Runtime, Service

# Other tests may have this machine's lock for a while.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SYSTEMCTL = '''#!{python} -IS
"""Keeps ActiveState in files; writes down what it was asked to change."""
import pathlib, sys
world = pathlib.Path({world!r})
words = [word for word in sys.argv[1:] if not word.startswith("-")]
verb, names = words[0], [name.removesuffix(".service") for name in words[1:]]
def active(name): return (world / name).exists()
if verb == "show":
    for name in names or [path.name for path in world.iterdir()]:
        print(f"Id={{name if '.' in name else name + '.service'}}\\nActiveState={{'active' if active(name) else 'inactive'}}")
        print(f"SubState={{'running' if active(name) else 'dead'}}\\nMainPID=0\\nUnitFileState=enabled\\n")
elif verb in ("list-units", "list-unit-files", "is-system-running"):
    pass
else:
    with open(world.parent / "calls", "a") as calls:
        print(verb, *names, file=calls)
    for name in names:
        if verb in ("start", "restart"):
            (world / name).touch()
        elif verb == "stop":
            (world / name).unlink(missing_ok=True)
'''


class Lab:
    """One Host whose units are known to the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.world = folder, folder / "calls", folder / "world"
        self.host, self.call = Host(), Call("host", f"urn:test::{folder}")
        self.id, self.outputs = "", {}

    def up(self, names=("one", "two"), reload="r", restart="s"):
        """Applies, and gives the calls that changed something."""
        self.calls.write_text("")
        etc = self.folder / "etc"
        services = tuple(Service(f"dyk-{name}", (f"{etc}/restart",), (f"{etc}/reload",)) for name in names)
        files = {f"{etc}/reload": File(reload, 0o644), f"{etc}/restart": File(restart, 0o644)}
        inputs = host_inputs(Bundle(Runtime.SYSTEMD, files=files, services=services), Secret)
        assert self.host.check(self.call, inputs) == []
        if not self.id:
            self.id, self.outputs = self.host.create(self.call, inputs, False)
        elif self.host.diff(self.call, self.id, self.outputs, inputs).changes:
            self.outputs = self.host.update(self.call, self.id, self.outputs, inputs, False)
        return self.calls.read_text().splitlines()


@pytest.fixture
def lab(tmp_path, monkeypatch):
    programs, world = tmp_path / "bin", tmp_path / "world"
    for folder in (programs, world):
        folder.mkdir()
    systemctl = programs / "systemctl"
    systemctl.write_text(SYSTEMCTL.format(python=sys.executable, world=str(world)))
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin")
    return Lab(tmp_path)


def test_units_start_once_and_in_order(lab):
    calls = lab.up()
    started = [call for call in calls if call.startswith("start")]
    assert started == ["start dyk-one", "start dyk-two"]
    assert calls.index("daemon-reload") < calls.index("start dyk-one")
    assert lab.up() == []


def test_a_change_restarts_or_reloads_what_reads_it(lab):
    lab.up()
    assert lab.up(reload="new") == ["reload dyk-one", "reload dyk-two"]
    assert lab.up(reload="new", restart="new") == ["restart dyk-one", "restart dyk-two"]


def test_a_stopped_unit_is_started_alone(lab):
    lab.up()
    (lab.world / "dyk-two").unlink()
    assert lab.up() == ["start dyk-two"]


def test_a_unit_that_leaves_the_bundle_is_stopped(lab):
    lab.up()
    (lab.folder / "calls").write_text("")
    assert "stop dyk-two" in lab.up(names=("one",))
    assert (lab.world / "dyk-one").exists()


def test_a_timer_is_started_and_stopped_as_one(lab):
    started = [call for call in lab.up(names=("one", "two.timer")) if call.startswith("start")]
    assert started == ["start dyk-one", "start dyk-two.timer"]
    assert lab.up(names=("one", "two.timer")) == []
    assert "stop dyk-two.timer" in lab.up(names=("one",))


def test_delete_stops_units_and_may_be_repeated(lab):
    lab.up()
    lab.host.delete(lab.call, lab.id, lab.outputs)
    assert list(lab.world.iterdir()) == []
    assert not (lab.folder / "etc").exists()
    lab.host.delete(lab.call, lab.id, lab.outputs)
