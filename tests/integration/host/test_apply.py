"""A bundle on this machine, run by a real supervisord."""

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.resource import PartialError
from dockyard.self_hosted.bundle import Check, Directory, Requirement, Service

from tests.support.lab import Lab, kill

# Other tests may have this machine's lock for a while.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_up_serves_and_a_second_up_changes_nothing(lab: Lab) -> None:
    """After a creation the service answers; the same bundle again is no change, and the process is the same."""
    lab.up()
    before = lab.get()
    assert before[1] == "one []"
    assert lab.up().changes == {}
    assert lab.get() == before


def test_files_and_folders_have_their_modes(lab: Lab) -> None:
    lab.up()
    assert lab.path("etc/text").stat().st_mode & 0o7777 == 0o600
    assert lab.path("etc").stat().st_mode & 0o7777 == 0o750
    assert lab.path("data").stat().st_mode & 0o7777 == 0o700


def test_no_secret_environment_reaches_a_service(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lists variables whose name holds PASS: there are none, though the plugin has one."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hush")
    lab.up()
    assert lab.get()[1] == "one []"


def test_a_reload_keeps_the_process(lab: Lab) -> None:
    lab.up()
    pid, _ = lab.get()
    changes = lab.up(text="two").changes
    assert list(changes) == [f'files["{lab.path("etc/text")}"]']
    lab.eventually("two []")
    assert lab.get()[0] == pid


def test_a_restart_is_for_what_needs_one(lab: Lab) -> None:
    lab.up()
    pid, _ = lab.get()
    supervisord = lab.supervisord()
    lab.up(server=lab.web.bundle().files[str(lab.path("etc/server.py"))].content + "# changed\n")
    assert lab.get()[0] != pid
    assert lab.supervisord() == supervisord


def test_secrets_do_not_stand_in_what_is_said(lab: Lab) -> None:
    lab.up(text="very-secret-text")
    lab.path("etc/text").write_text("other")
    lab.up(text="very-secret-text")
    assert lab.lines
    assert "very-secret-text" not in "\n".join(lab.lines)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda lab: lab.path("etc/text").write_text("edited"), "etc/text was edited"),
        (lambda lab: lab.path("etc/text").unlink(), "etc/text is missing"),
        (lambda lab: lab.path("etc/text").chmod(0o644), "etc/text has mode 0644, not 0600"),
        (lambda lab: lab.path("etc").chmod(0o777), "etc has mode 0777, not 0750"),
        (lambda lab: lab.path("data").rmdir(), "data is missing"),
    ],
)
def test_drift_is_found_and_mended(lab: Lab, harm: Any, said: str) -> None:
    lab.up()
    harm(lab)
    assert lab.host.read(lab.call, lab.id, lab.outputs)["digest"] == "drifted"
    assert any(line.endswith(said) for line in lab.lines)
    assert lab.up().changes
    assert lab.up().changes == {}
    assert lab.path("etc/text").read_text() == "one"


def test_a_refresh_alone_makes_the_next_up_compare(lab: Lab) -> None:
    """Even where the drift has gone by itself meanwhile, the recorded digest comes back."""
    lab.up()
    lab.path("etc/text").write_text("edited")
    lab.outputs = lab.host.read(lab.call, lab.id, lab.outputs)
    lab.path("etc/text").write_text("one")
    assert list(lab.up().changes) == ["digest"]
    assert lab.up().changes == {}


def test_a_stopped_program_is_started(lab: Lab) -> None:
    from dockyard.provider.agent.rpc import Supervisor

    lab.up()
    conf = lab.path("etc/supervisord.conf")
    Supervisor(str(conf), conf.read_text()).call("stopProcess", "web")
    assert list(lab.up().changes) == ["services[0]"]
    assert lab.get()[1] == "one []"


def test_everything_gone_comes_back(lab: Lab) -> None:
    """All processes killed and the configuration removed: one `up` mends it."""
    lab.up()
    supervisord, (pid, _) = lab.supervisord(), lab.get()
    kill(supervisord)
    kill(pid)
    for path in lab.path("etc").iterdir():
        path.unlink()
    lab.up()
    assert lab.get()[1] == "one []"


def test_a_reload_that_a_kill_prevented_is_made_up_for(lab: Lab) -> None:
    """Killed between the write and the reload: file and bundle are equal, yet the next `up` reloads."""
    from dockyard.provider.agent.apply import apply_files
    from dockyard.provider.agent.plan import Plan
    from dockyard.provider.agent.record import Record

    lab.up()
    bundle = lab.web.bundle(text="two")
    plan = Plan(lab.id, bundle, lab.web.bundle())
    apply_files(plan, Record.load(plan.record))
    assert lab.get()[1] == "one []"
    lab.up(text="two")
    lab.eventually("two []")
    # And back again: the first text was loaded once, but not since.
    apply_files(Plan(lab.id, lab.web.bundle(), bundle), Record.load(plan.record))
    lab.up(text="one")
    lab.eventually("one []")


def test_a_failing_check_changes_nothing_live(lab: Lab) -> None:
    lab.up()
    before, text = lab.get(), lab.path("etc/server.py").read_text()
    with pytest.raises(DockyardError, match="SyntaxError"):
        lab.up(server="def (")
    assert lab.path("etc/server.py").read_text() == text
    assert lab.get() == before


def test_a_service_that_dies_is_shown_with_its_log(lab: Lab) -> None:
    with pytest.raises(PartialError, match="boom") as caught:
        lab.up(server='raise SystemExit("boom")\n')
    lab.id, lab.outputs = caught.value.id, dict(caught.value.properties)
    lab.up()
    assert lab.get()[1] == "one []"


def test_delete_after_a_partial_creation_and_twice(lab: Lab) -> None:
    with pytest.raises(PartialError) as caught:
        lab.up(server='raise SystemExit("boom")\n', deletion="delete")
    lab.id, lab.outputs = caught.value.id, dict(caught.value.properties)
    lab.down()
    assert not lab.web.base.exists()
    lab.down()


def test_a_repeated_creation_finds_its_record(lab: Lab) -> None:
    """A killed `up` is not in the state: creating again gives the same id and touches no process."""
    lab.up()
    first, before = lab.id, lab.get()
    lab.id = ""
    lab.up()
    assert lab.id == first
    assert lab.get() == before


def test_a_taken_port_names_who_has_it_and_nothing_is_made(lab: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", lab.web.port))
        taken.listen()
        with pytest.raises(DockyardError) as caught:
            lab.up()
    assert f"port {lab.web.port} is taken by" in str(caught.value)
    assert f"(pid {os.getpid()})" in str(caught.value)
    assert not isinstance(caught.value, PartialError)
    assert not lab.web.base.exists()


def test_all_problems_come_at_once(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    requires = Requirement(binaries=("/nowhere/nginx",), writable=(str(tmp_path / "file" / "store"),))
    folders = {**lab.web.bundle().directories, str(lab.path("memory")): Directory(0o700, memory=True)}
    with pytest.raises(DockyardError) as caught:
        lab.up(requires=requires, directories=folders)
    text = str(caught.value)
    assert "/nowhere/nginx is missing" in text
    assert "apt-get install nginx" in text
    assert f"{tmp_path / 'file'} is no directory" in text


def test_what_leaves_the_bundle_leaves_the_host(lab: Lab) -> None:
    bundle = lab.web.bundle()
    more = {
        "files": {**bundle.files, str(lab.path("etc/extra")): bundle.files[str(lab.path("etc/text"))]},
        "directories": {**bundle.directories, str(lab.path("extra")): Directory(0o755)},
    }
    lab.up(**more)
    assert lab.path("etc/extra").exists()
    pid, _ = lab.get()
    lab.up()
    assert not lab.path("etc/extra").exists()
    assert not lab.path("extra").exists()
    assert lab.get()[0] == pid


def test_kept_data_outlive_the_resource_and_the_delete_says_where(lab: Lab) -> None:
    lab.up()
    lab.path("data/image").write_text("layer")
    lab.lines.clear()
    lab.down()
    assert lab.path("data/image").read_text() == "layer"
    assert sorted(path.name for path in lab.web.base.iterdir()) == ["data"]
    assert f"kept {lab.path('data')}" in lab.lines
    lab.id = ""
    lab.up(deletion="delete")
    assert lab.path("data/image").exists()
    lab.down()
    assert not lab.path("data").exists()


def test_a_folder_that_was_there_keeps_what_others_put_in_it(lab: Lab) -> None:
    lab.path("log").mkdir(parents=True)
    lab.path("log/other").touch()
    lab.up()
    lab.down()
    assert lab.path("log/other").exists()
    assert not lab.path("etc").exists()


def test_two_appliers_take_turns(lab: Lab) -> None:
    """With the host's lock in other hands, the worker waits and says so; cancelled, it changes nothing."""
    import fcntl
    import threading

    from dockyard.provider.worker_call import WorkError, work
    from dockyard.provider.worker_lock import lock_path

    stop = threading.Event()
    said: list[str] = []
    call = replace(lab.call, log=lambda text, _: (said.append(text), stop.set()), cancelled=stop.is_set)
    with lock_path().open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WorkError, match="cancelled") as caught:
            work(call, "apply", {"id": "host-test", "bundle": lab.inputs() | {"files": {}}, "old": None})
    assert said == ["waiting for another dockyard at work on this host"]
    assert not caught.value.touched


def test_checks_see_the_new_files_only_in_the_stage(lab: Lab) -> None:
    check = Check("stage", ("/bin/sh", "-c", "ls -ld . && ls {stage} && exit 3"), str(lab.path("etc")))
    with pytest.raises(DockyardError) as caught:
        lab.up(checks=(check,))
    lab.id = caught.value.id if isinstance(caught.value, PartialError) else ""
    lab.outputs = dict(caught.value.properties) if isinstance(caught.value, PartialError) else {}
    assert "drwx------" in str(caught.value)
    assert "supervisord.conf" in str(caught.value)
    assert not lab.path("etc/text").exists()


def test_a_removed_program_stops(lab: Lab) -> None:
    """A service that leaves supervisord.conf ends; the others go on."""
    bundle = lab.web.bundle()
    conf = str(lab.path("etc/supervisord.conf"))
    extra = bundle.files[conf].content + "[program:extra]\ncommand = /bin/sleep 1000\nstartsecs = 0\n"
    lab.up(
        files={**bundle.files, conf: replace(bundle.files[conf], content=extra)},
        services=(*bundle.services, Service("extra")),
    )
    from dockyard.provider.agent.services import running

    pids = running(replace(bundle, services=(*bundle.services, Service("extra"))))
    lab.up()
    assert lab.get()[0] == pids["web"]
    assert not Path(f"/proc/{pids['extra']}").exists()
