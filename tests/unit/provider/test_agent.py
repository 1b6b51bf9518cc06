"""The agent's parts, one by one, on a temporary folder."""

import json
import os
import socket
import subprocess
import sys
import xmlrpc.client
from types import SimpleNamespace

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.agent import checks, ports, preflight, services
from dockyard.provider.agent.entries import file_difference, filesystem_type, write_file
from dockyard.provider.agent.plan import Plan, bundle_of
from dockyard.provider.agent.record import Record, wanted_digests
from dockyard.provider.agent.services import Need, needs
from dockyard.provider.agent_call import answer_of
from dockyard.provider.worker_lock import try_lock
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import (
    Account,
    Bundle,
    Check,
    Directory,
    File,
    Requirement,
    Runtime,
    Service,
)

from tests.support.instance import wait_until

BUNDLE = Bundle(
    runtime=Runtime.SYSTEMD,
    accounts=(Account("a", ("b",)),),
    packages=("nginx",),
    package_services=("nginx",),
    directories={"/d": Directory(0o2750, "root", "root", keep=True, memory=True)},
    files={"/d/f": File("text", 0o600, "root", None), "/d/g": File("other", 0o644)},
    services=(Service("s", ("/d/f",), ("/d/g",)),),
    checks=(Check("c", ("true", "{stage}"), "/d"),),
    requires=Requirement(("/bin/sh",), ("127.0.0.1:80",), ("/d",)),
)


def test_a_bundle_survives_the_wire():
    assert bundle_of(json.loads(json.dumps(host_inputs(BUNDLE, lambda value: value)))) == BUNDLE


def test_a_file_is_replaced_in_one_step(tmp_path):
    """The old file is another inode: who has it open goes on reading the old content."""
    path = tmp_path / "file"
    path.write_text("old")
    with path.open() as reader:
        write_file(str(path), File("new", 0o640))
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_in_a_files_place_is_not_followed(tmp_path):
    target, path = tmp_path / "target", tmp_path / "file"
    target.write_text("untouched")
    path.symlink_to(target)
    assert file_difference(str(path), File("new", 0o600)) == "is no regular file"
    write_file(str(path), File("new", 0o600))
    assert target.read_text() == "untouched"
    assert not path.is_symlink()


def test_what_a_killed_write_left_is_no_hindrance(tmp_path):
    (tmp_path / ".file.dockyard-new").write_text("half")
    write_file(str(tmp_path / "file"), File("new", 0o600))
    assert os.listdir(tmp_path) == ["file"]


def test_memory_is_told_from_disk():
    if filesystem_type("/dev/shm/x/y") != "tmpfs":
        pytest.skip("/dev/shm is not tmpfs here")
    assert filesystem_type("/proc/x") == "proc"


def test_a_service_needs_what_its_files_call_for():
    wanted = wanted_digests(BUNDLE)
    loaded = Record(loaded=dict(wanted))
    assert needs(BUNDLE, loaded, {"s"}) == []
    assert needs(BUNDLE, loaded, set()) == [Need("s", "start")]
    assert needs(BUNDLE, Record(loaded={**wanted, "reload:s": ""}), {"s"}) == [Need("s", "reload")]
    assert needs(BUNDLE, Record(loaded={**wanted, "restart:s": ""}), {"s"}) == [Need("s", "restart")]
    assert needs(BUNDLE, Record(), {"s"}) == [Need("s", "restart")]


def supervisor(fault):
    """One that answers with this fault."""

    def call(*_):
        raise xmlrpc.client.Fault(fault, "said by it")

    return SimpleNamespace(call=call)


@pytest.mark.parametrize(("action", "state", "fault"), [("start", "EXITED", 60), ("reload", "RUNNING", 70)])
def test_a_program_that_has_begun_or_ended_meanwhile_is_no_failure(action, state, fault):
    """supervisord begins one anew a moment after it has ended."""
    services._act(supervisor(fault), Need("s", action), state)


def test_what_supervisord_cannot_do_is_told():
    with pytest.raises(DockyardError, match="cannot start s: said by it"):
        services._act(supervisor(50), Need("s", "start"), "STOPPED")


def test_a_damaged_record_says_how_to_mend_it(tmp_path):
    path = tmp_path / ".host.json"
    path.write_text("{")
    with pytest.raises(DockyardError, match=f"remove it: {path}"):
        Record.load(path)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_who_listens_is_found(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip(f"{host} is not there")
        server.listen()
        port = server.getsockname()[1]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        assert ports.bind_error(address)
        assert ports.answers(address)
        assert os.getpid() in ports.holders(port)
    assert ports.bind_error(address) == 0
    assert not ports.answers(address)


def test_an_address_of_another_machine_is_refused():
    bundle = Bundle(Runtime.SUPERVISOR, requires=Requirement(ports=("192.0.2.1:8080",)))
    problems = preflight.problems_before(Plan("host-x", bundle), [])
    assert [problem.path for problem in problems] == ["requires/ports/192.0.2.1:8080"]
    assert "listen on an address of this machine" in problems[0].hint


def test_one_command_installs_all_that_is_missing():
    binaries = ("/nowhere/nginx", "/nowhere/registry", "/bin/sh")
    problems = preflight.missing_binaries(Bundle(Runtime.SYSTEMD, requires=Requirement(binaries)))
    assert [problem.message for problem in problems] == [
        "/nowhere/nginx is missing",
        "/nowhere/registry is missing",
    ]
    assert {problem.hint.removeprefix("install it: ").removeprefix("sudo ") for problem in problems} == {
        "apt-get install docker-registry nginx"
    }


def test_a_check_runs_on_a_private_copy_that_is_gone_afterwards(tmp_path):
    root = str(tmp_path / "etc")
    command = ("/bin/sh", "-c", "cat sub/f; echo {stage} > " + str(tmp_path / "where") + "; exit 1")
    files = {f"{root}/sub/f": File("content", 0o600), "/elsewhere": File("other", 0o600)}
    bundle = Bundle(Runtime.SYSTEMD, files=files, checks=(Check("try", command, root),))
    (problem,) = checks.run_checks("host-x", bundle)
    assert problem.path == "checks/try"
    assert "content" in problem.message
    stage = (tmp_path / "where").read_text().strip()
    assert stage
    assert not os.path.exists(stage)


def test_a_traceback_of_the_agent_is_not_shown():
    trace = 'Traceback\n  File "/x/main.py", line 3, in f\nValueError: secret text'
    with pytest.raises(DockyardError) as caught:
        answer_of("files", "", trace)
    assert str(caught.value) == 'files on the host failed: ValueError File "/x/main.py", line 3, in f'


WORKER = """
import fcntl, sys
from pathlib import Path
from dockyard.provider import agent_call
agent_call.AGENT = Path(sys.argv[1])
with open(sys.argv[2], "a") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    agent_call.call_local("files", {}, (lock.fileno(),))
"""
AGENT = """
import time
from pathlib import Path
here = Path(__file__).parent
(here / "begun").touch()
while not (here / "go").exists():
    time.sleep(0.02)
"""


def test_an_agent_whose_worker_was_killed_holds_the_lock_until_it_has_ended(tmp_path):
    agent, lock = tmp_path / "agent.py", tmp_path / "lock"
    agent.write_text(AGENT)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(agent), str(lock)])
    wait_until((tmp_path / "begun").exists, "the agent")
    worker.kill()
    worker.wait()
    with lock.open("a") as descriptor:
        assert not try_lock(descriptor.fileno())
        (tmp_path / "go").touch()
        wait_until(lambda: try_lock(descriptor.fileno()), "the agent's end")


def test_selinux_is_refused_on_a_host_of_rpms_alone(tmp_path, monkeypatch):
    enforcing = tmp_path / "enforce"
    monkeypatch.setattr(preflight, "ENFORCING", enforcing)

    def problems(manager):
        bundle = Bundle(Runtime.SUPERVISOR, package_manager=manager)
        return [problem.message for problem in preflight.problems_before(Plan("host-x", bundle), [])]

    assert problems("dnf") == []
    enforcing.write_text("0")
    assert problems("dnf") == []
    enforcing.write_text("1\n")
    refused = ["SELinux is enforcing, which keeps NGINX from the registry"]
    assert problems("dnf") == refused
    assert problems("apt") == []
    semodule = tmp_path / "semodule"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for modules, found in (("httpd nginx", refused), ("httpd permissive_httpd_t nginx", [])):
        semodule.write_text(f"#!/bin/sh\nprintf '%s\\n' {modules}\n")
        semodule.chmod(0o755)
        assert problems("dnf") == found


def test_a_host_that_systemd_does_not_run_is_told_what_to_set(tmp_path, monkeypatch):
    """With a stand-in for systemctl: whether systemd runs this very machine is not for a test to say."""
    systemctl = tmp_path / "systemctl"
    monkeypatch.setenv("PATH", str(tmp_path))

    def problems():
        found = preflight.problems_before(Plan("host-x", Bundle(Runtime.SYSTEMD)), [])
        return [(problem.message, problem.hint) for problem in found]

    hint = 'set `runtime` to "supervisor"'
    assert problems() == [("this host has no systemd", hint)]
    for state, told in (("offline", [("systemd does not run this host", hint)]), ("degraded", [])):
        systemctl.write_text(f"#!/bin/sh\necho {state}\nexit 1\n")
        systemctl.chmod(0o755)
        assert problems() == told
