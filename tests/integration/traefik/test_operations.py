"""Operations on a registry behind Traefik: it refuses writes while one changes the store, and takes them again whatever happens."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from dockyard.ops.lock import locked

from tests.support.composed import Composed
from tests.support.images import MANIFEST
from tests.support.instance import PASSWORDS, wait_until
from tests.support.pushing import Pushing
from tests.support.traefik import edit
from tests.support.wire import Wire

pytestmark = [
    pytest.mark.integration,
    pytest.mark.traefik,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("traefik"),
    pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic"),
]
CLOSE = """
import sys
from pathlib import Path
from dockyard.ops.front import closed
from dockyard.ops.settings import load
with closed(load(Path(sys.argv[1]))):
    print(1, flush=True)
    sys.stdin.read()
"""


def closing(lab: Composed) -> "subprocess.Popen[str]":
    """An operation that has closed the front and goes on until it is told, or killed."""
    ops = Path(lab.plan.paths.etc) / "ops"
    environment = {**os.environ, "PYTHONPATH": str(ops / "ops.pyz")}
    command = ["/usr/bin/python3", "-c", CLOSE, str(ops / "config.json")]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    return process


def start(lab: Composed, user: str | None = "ci") -> int:
    return Wire(lab.instance, user).ask("POST", "/v2/closed/app/blobs/uploads/", body=b"").status


def test_while_it_is_closed_writes_wait_and_pulls_go_on(lab: Composed) -> None:
    image = lab.push("closed/app", "v1", b"pulled meanwhile")
    with closing(lab) as process:
        for user in ("ci", "admin", "reader", None):
            answer = Wire(lab.instance, user).ask("POST", "/v2/closed/app/blobs/uploads/", body=b"")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10"), user
        for method, target in (
            ("PUT", "/v2/closed/app/manifests/v2"),
            ("PATCH", "/v2/closed/app/blobs/uploads/x"),
            ("DELETE", f"/v2/closed/app/manifests/{image.digest}"),
            ("GET", "/v2/closed/app/blobs/uploads/x"),
            ("POST", "/v2//closed/app/blobs/uploads/"),
            ("POST", "//v2/closed/app/blobs/uploads/"),
            ("POST", "/%76%32/closed/app/blobs/uploads/"),
            ("POST", "/x/../v2/closed/app/blobs/uploads/"),
        ):
            assert Wire(lab.instance, "admin").ask(method, target, body=b"").status in (400, 404, 503), target
        assert lab.registry.pulls(image)
        assert Wire(lab.instance, None).ask("GET", "/v2/").status == 401
        assert (
            next(it for it in lab.operations("doctor")["checks"] if it["name"] == "writes")["status"] != "ok"
        )
        process.communicate("")
    wait_until(lambda: start(lab) == 202, "writes to be let in again")
    assert lab.changes() == {}


def test_a_front_that_does_not_obey_keeps_an_operation_from_its_work(lab: Composed) -> None:
    """As where somebody has edited a file so that Traefik cannot read it, and goes on with what it has."""
    routes = Path(lab.plan.paths.front) / "traefik/routes.yml"
    edit(routes, routes.read_text() + "{{")
    hasty = CLOSE.replace("with closed", "from dockyard.ops import closing\nclosing.SECONDS = 5\nwith closed")
    ops = Path(lab.plan.paths.etc) / "ops"
    done = subprocess.run(
        ["/usr/bin/python3", "-c", hasty, str(config(lab))],
        env={**os.environ, "PYTHONPATH": str(ops / "ops.pyz")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traefik does not refuse writes: its answer to a push is 401; nothing was changed" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert not routes.with_name("closed.yml").exists()
    lab.up()
    assert start(lab) == 202


def test_a_killed_operation_opens_it(lab: Composed) -> None:
    with closing(lab) as process:
        assert start(lab) == 503
        process.kill()
    wait_until(lambda: start(lab) == 202, "writes to be let in again")


def test_one_that_was_killed_with_its_child_is_opened_by_the_next_tick(lab: Composed) -> None:
    """As when the host loses its power: the file is still there. The host's own upkeep would open it, were nobody at work."""
    with locked(Path(lab.plan.paths.data) / "ops", "a test"):
        with closing(lab) as process:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for pid in (*map(int, children), process.pid):
                os.kill(pid, signal.SIGKILL)
        lab.daemon.said("container", "restart", lab.ids()["front"])
        wait_until(lab.instance.answers, "the front to be back")
        assert start(lab) == 503, "it begins as it was left"
    tick = [*("/usr/bin/python3", "-I", "-S"), f"{lab.plan.paths.etc}/ops/ops.pyz"]
    lab.said(*tick, "tick", "--config", str(config(lab)), "--group", "upkeep")
    wait_until(lambda: start(lab) == 202, "writes to be let in again")


def config(lab: Composed) -> Path:
    return Path(lab.plan.paths.etc) / "ops/config.json"


def test_garbage_is_collected_beside_pushes_and_nothing_else(lab: Composed) -> None:
    goes = lab.push("goes/app", "v1", os.urandom(50_000))
    with lab.client("admin") as admin:
        assert admin.delete(f"/v2/goes/app/manifests/{goes.digest}").status_code == 202
    pushing = Pushing(lab.instance)
    before = lab.starts()
    with pushing.at_work(3):
        wait_until(lambda: len(pushing.acknowledged) > 3, "some pushes")
        lab.operations("backup")
        found = [lab.operations("gc") for _ in range(2)]
        count = len(pushing.acknowledged)
        wait_until(lambda: len(pushing.acknowledged) > count + 3, "pushes to go on")
    assert [each["broken"] for each in found] == [[], []]
    assert pushing.failures == []
    assert not lab.registry.blob(goes.layer).exists()
    assert [image for image in pushing.acknowledged if not lab.registry.pulls(image)] == []
    with lab.client("ci") as client:
        gone = client.get(f"/v2/goes/app/manifests/{goes.digest}", headers={"Accept": MANIFEST})
        assert gone.status_code == 404
    assert lab.starts() == before


def test_after_a_backup_the_whole_store_may_be_lost(lab: Composed) -> None:
    images = [lab.push(f"kept/app{number}", "v1", os.urandom(50_000)) for number in range(2)]
    lab.operations("backup")
    lab.said("rm", "-r", f"{lab.plan.paths.store}/docker")
    assert not any(lab.registry.pulls(image) for image in images)
    assert lab.operations("restore")["warnings"] == []
    assert all(lab.registry.pulls(image) for image in images)
    assert lab.up().changes == {}


def test_the_doctor_finds_no_fault_and_a_silent_registry(lab: Composed) -> None:
    checks = {check["name"]: check for check in lab.operations("doctor")["checks"]}
    assert [check for check in checks.values() if check["status"] == "failure"] == []
    assert {"ports", "registry runs", "front runs", "registry answers", "containers"} <= set(checks)
    assert checks["ports"]["status"] == checks["registry answers"]["status"] == "ok"
    lab.daemon.said("container", "pause", lab.ids()["registry"])
    try:
        checks = {check["name"]: check for check in lab.operations("doctor")["checks"]}
        assert checks["registry answers"]["status"] == "failure"
    finally:
        lab.daemon.said("container", "unpause", lab.ids()["registry"])


def test_the_doctor_of_any_registry_finds_no_fault(lab: Composed, tmp_path: Path) -> None:
    place = ["--registry", lab.plan.settings.host, "--ca", str(lab.instance.authority)]
    login = ["--username", "ci", "--password-stdin", "--repository", "probed/app", "--probe"]
    done = subprocess.run(
        [sys.executable, "-m", "dockyard.cli", "doctor", *place, *login],
        cwd=tmp_path,
        input=PASSWORDS["ci"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert " 0 failure, " in done.stdout, done.stdout
    assert "signed in as ci" in done.stdout


def test_logs_are_put_aside_and_traefik_begins_a_new_one(lab: Composed) -> None:
    before = lab.starts()
    for name in ("before", "after"):
        Wire(lab.instance, "reader").ask("GET", f"/v2/turned/{name}/tags/list")
        lab.logged(f"/v2/turned/{name}/")
        found = lab.operations("rotate", "--force")
        assert (found["put_aside"], found["packed"]) == (1, 1)
    Wire(lab.instance, "reader").ask("GET", "/v2/turned/now/tags/list")
    lab.logged("/v2/turned/now/")
    wanted = json.dumps({"repository": "turned/*", "actions": ["all"]})
    entries = lab.operation("audit", "--wanted", wanted).entries
    assert [entry["repository"] for entry in entries] == ["turned/before", "turned/after", "turned/now"]
    assert {entry["user"] for entry in entries} == {"reader"}
    assert (lab.changes(), lab.starts()) == ({}, before)
