"""A bundle on another host: applied, kept, mended after whatever happens on the way, and removed."""

import threading
from dataclasses import replace

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.host import FORGET
from dockyard.provider.resource import PartialError
from dockyard.provider.worker_call import WorkError
from dockyard.remote.session import Process, Session
from dockyard.self_hosted.bundle import File, Requirement, Runtime

from tests.support.far_host import PASSWORD, FarHost
from tests.support.instance import wait_until
from tests.support.lab import Lab
from tests.support.processes import held_below_this_one

from .conftest import connection_to, lab_on, served

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900), pytest.mark.xdist_group("ssh-apply")]


def left_on(host: FarHost) -> list[str]:
    """What is there of us, beside the locks."""
    found = host.run("find", "/srv", "/var/cache/dockyard", "/var/lib/dockyard", "-mindepth", "1", ok=False)
    return sorted(found.split())


def up_twice(lab: Lab, **changes: object) -> None:
    lab.up(**changes)
    assert lab.up(**changes).changes == {}


def test_up_drift_change_and_down(host: FarHost) -> None:
    lab = lab_on(host, "plain-up", "deploy", sudo=True)
    assert host.processes("server.py") == {}
    up_twice(lab)
    assert served(host).endswith(" one []")
    host.path("/srv/plain-up/etc/text").write_text("edited")
    host.path("/srv/plain-up/etc/server.py").unlink()
    outputs = lab.host.read(lab.call, lab.id, lab.outputs)
    assert outputs["digest"] == "drifted"
    assert set(lab.up().changes) == {
        'files["/srv/plain-up/etc/server.py"]',
        'files["/srv/plain-up/etc/text"]',
    }
    assert lab.up().changes == {}
    before = served(host).split(" ")[0]
    lab.up(text="two")
    wait_until(lambda: served(host) == f"{before} two []", "the reload")
    lab.down()
    assert host.processes("server.py") == {}
    assert left_on(host) == ["/srv/plain-up", "/srv/plain-up/data"]
    host.run("rm", "-r", "/srv/plain-up")


def test_a_comparison_is_one_connection_and_one_program(
    host: FarHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is sent there does not say how the host is reached."""
    lab = lab_on(host, "few", "asked", sudo=True, sudo_password=PASSWORD, key=host.key.read_text())
    lab.up()
    started: list[str] = []
    sent: list[bytes] = []
    start, send = Session.start, Process.send
    monkeypatch.setattr(Session, "start", lambda self, verb: started.append(verb) or start(self, verb))
    monkeypatch.setattr(Process, "send", lambda self, content: sent.append(content) or send(self, content))
    accepted = host.path("/var/log/sshd.log").read_text().count("Accepted publickey")
    assert lab.up().changes == {}
    assert started == ["inspect"]
    assert host.path("/var/log/sshd.log").read_text().count("Accepted publickey") == accepted + 1
    assert b"/srv/few/etc/text" in sent[0]
    assert PASSWORD.encode() not in sent[0]
    assert b"PRIVATE KEY" not in sent[0]
    lab.down()
    host.run("rm", "-r", "/srv/few")


def test_a_new_way_in_is_no_new_host(host: FarHost) -> None:
    """Another key, user or address of the same host change nothing there; another host is a replacement."""
    lab = lab_on(host, "way")
    lab.up()
    before = served(host)
    lab.connection = connection_to(host, "deploy", sudo=True, key=host.key.read_text())
    assert list(lab.up().changes) == ["connection"]
    assert served(host) == before
    elsewhere = {
        **connection_to(host)["ssh"],
        "host": "192.0.2.1",
        "hostKey": "ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5AAAAIA==",
    }
    other = {**lab.inputs(), "connection": {"ssh": elsewhere}}
    assert lab.host.diff(lab.call, lab.id, lab.outputs, other).changes["connection"].value == "UPDATE_REPLACE"
    lab.down()
    host.run("rm", "-r", "/srv/way")


def test_two_hosts_at_once(host: FarHost, another) -> None:
    """While one is held up, the other is done: neither waits for the other."""
    other = another()
    labs = [lab_on(host, "first"), lab_on(other, "second")]
    held = Session(connection(labs[0]))
    with held, held.start("hold") as process:
        assert '"ok"' in next(process.lines())
        threads = [threading.Thread(target=lab.up) for lab in labs]
        for thread in threads:
            thread.start()
        threads[1].join(300)
        assert served(other).endswith("one []")
        wait_until(lambda: "waiting for another dockyard at work on this host" in labs[0].lines, "the wait")
        assert threads[0].is_alive()
    threads[0].join(300)
    assert served(host).endswith("one []")
    for lab in labs:
        lab.down()
    host.run("rm", "-r", "/srv/first")


def connection(lab: Lab):
    from dockyard.remote.connection import connection_of

    return connection_of(lab.connection)


@pytest.mark.parametrize("line", ["looking at the host", "writing files", "starting services"])
def test_a_cut_in_the_middle_is_made_up_for(host: FarHost, line: str) -> None:
    """The server's side is killed as soon as the step is told of; the next `up` goes on, whatever was done by then."""
    lab = lab_on(host, "cut")
    cut: list[int] = []

    def log(text: str, _: bool) -> None:
        if text == line and not cut:
            with held_below_this_one("worker/__main__.py"):
                cut.append(host.cut())

    call = replace(lab.call, log=log)
    inputs = lab.inputs()
    with pytest.raises((PartialError, WorkError), match="connection to the host was lost") as caught:
        lab.host.create(call, inputs, preview=False)
    if isinstance(caught.value, PartialError):
        lab.id, lab.outputs = caught.value.id, dict(caught.value.properties)
    assert cut[0] > 0
    for path, file in lab.web.bundle().files.items():
        there = host.path(path)
        assert not there.exists() or there.read_bytes() == file.data, f"{path} is half written"
    lab.up()
    assert lab.up().changes == {}
    assert served(host).endswith("one []")
    lab.down()
    host.run("rm", "-r", "/srv/cut")


def test_a_reboot_is_made_up_for(another) -> None:
    host = another()
    lab = lab_on(host, "boot")
    up_twice(lab)
    host.reboot()
    assert host.processes("server.py") == {}
    assert lab.up().changes
    assert lab.up().changes == {}
    assert served(host).endswith("one []")


def test_a_full_disk_is_told_and_leaves_no_half_file(another) -> None:
    host = another(disk="300m")
    lab = lab_on(host, "full")
    up_twice(lab)
    big = "x" * (20 << 20)
    path = "/srv/full/etc/big"
    files = {**lab.web.bundle().files, path: File(big, 0o600)}
    host.run("sh", "-c", "head -c 210m /dev/zero >/srv/filler; head -c 10m /dev/zero >/var/filler")
    free = host.run("sh", "-c", "df -k --output=avail / | tail -1")
    host.run("sh", "-c", f"head -c {(int(free) - 70 * 1024) // 1024}m /dev/zero >/srv/more")

    def log(text: str, _: bool) -> None:
        if text == "writing files":
            with held_below_this_one("worker/__main__.py"):
                host.run("sh", "-c", "cat /dev/zero >/srv/rest", ok=False)

    inputs = lab.inputs(files=files)
    with pytest.raises(DockyardError, match="No space left on device"):
        lab.host.update(replace(lab.call, log=log), lab.id, lab.outputs, inputs, preview=False)
    assert not host.path(path).exists()
    assert served(host).endswith("one []")
    host.run("rm", "-f", "/srv/rest", "/srv/more", "/srv/filler")
    lab.up(files=files)
    assert lab.up(files=files).changes == {}
    assert host.path(path).stat().st_size == len(big)


def test_a_host_that_is_gone_is_forgotten_only_on_demand(another, monkeypatch: pytest.MonkeyPatch) -> None:
    host = another()
    lab = lab_on(host, "gone", connect_timeout=3)
    lab.up()
    host.halt()
    with pytest.raises(DockyardError, match=r"TCP: (?s:.*)hint: where the host is gone for good, .*=true"):
        lab.down()
    with pytest.raises(DockyardError, match="TCP: "):
        lab.up()
    monkeypatch.setenv(FORGET, "true")
    lab.down()
    assert lab.lines[-1].startswith("forgotten, with whatever is on it: root@")


def test_what_the_settings_believed_is_verified_before_anything_changes(host: FarHost) -> None:
    lab = lab_on(host, "wrong")
    inputs = lab.inputs(
        runtime=Runtime.SYSTEMD, supervisor=None, requires=Requirement(binaries=("/opt/supervisord",))
    )
    with pytest.raises(WorkError) as refused:
        lab.host.create(lab.call, inputs, preview=False)
    text = str(refused.value)
    assert "runtime: systemd does not run this host" in text
    assert 'set `runtime` to "supervisor"' in text
    assert "install it: apt-get install supervisor" in text
    assert left_on(host) == [path for path in left_on(host) if path.startswith("/var/cache/dockyard")]
