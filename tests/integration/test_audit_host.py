"""`dockyard audit` and `dockyard metrics` on a host as `dockyard up` makes it, for root with its accounts."""

import contextlib
import json
import os
import pwd
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from dockyard.cli.place import ALONE, SYSTEM_PYTHON

from tests.integration.test_make_up import MISSING
from tests.support.clone import Clone
from tests.support.instance import free_port, wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("make-up"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    made = Clone(tmp_path_factory.mktemp("audit-host"))
    made.settings |= {"metrics": {"port": free_port()}, "deletion": "delete"}
    try:
        made.run("make", "up")
        wait_until(lambda: answers(made.settings["metrics"]["port"]), "the metrics to be served", 120)
        yield made
    finally:
        made.dockyard("destroy", "-s", "local", "--yes")
        assert not made.pids()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 10).close()
        return True
    return False


def shown(clone) -> str:
    return clone.dockyard("metrics", "show", "-s", "local").stdout


def pushes(clone) -> list[dict]:
    said = clone.dockyard("audit", "-s", "local", "--action", "push", "--json").stdout
    return [json.loads(line) for line in said.splitlines()]


def test_the_smoke_test_of_up_is_in_the_log(clone):
    push = pushes(clone)[0]
    assert (push["repository"], push["reference"], push["status"]) == ("dockyard/smoke-test", "smoke", 201)
    said = clone.dockyard("audit", "-s", "local", "--repository", "dockyard/*").stdout
    assert "pushed     dockyard/smoke-test:smoke (sha256:" in said


def test_every_part_of_the_metrics_can_be_seen_by_their_account(clone):
    wait_until(lambda: shown(clone).count("dockyard_collector_up{") >= 10, "the metrics", seconds=90)
    wait_until(lambda: not re.search(r"^dockyard_collector_up\S+ 0$", shown(clone), re.M), "each part", 90)
    text = shown(clone)
    for service in ("front", "registry"):
        assert f'dockyard_up{{service="{service}"}} 1' in text
        assert f'dockyard_process_resident_bytes{{service="{service}"}}' in text
    assert "dockyard_job_succeeded_timestamp_seconds" in text
    (pid,) = [pid for pid, words in clone.pids().items() if "ops.pyz metrics" in words]
    owner = pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name
    assert owner == ("dockyard-metrics" if ROOT else pwd.getpwuid(os.geteuid()).pw_name)


@pytest.mark.skipif(not ROOT, reason="only root's hosts have accounts")
def test_what_another_account_remembers_of_its_job_is_told(clone):
    """As backups do; here of a job that does not run by itself without them."""
    code = "import os, sys; os.umask(0o027); sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
    code += " from dockyard.ops import results; results.remember(Path(sys.argv[2]), 'gc', succeeded=6.0)"
    account = ["setpriv", "--reuid=dockyard-backup", "--regid=dockyard-backup", "--init-groups"]
    words = [SYSTEM_PYTHON, "-I", "-c", code, f"{clone.paths.etc}/ops/ops.pyz", f"{clone.paths.data}/ops"]
    subprocess.run([*account, *words], check=True, cwd="/")
    said = 'dockyard_job_succeeded_timestamp_seconds{job="gc"} 6\n'
    wait_until(lambda: said in shown(clone), "what was remembered", seconds=90)


def test_a_log_that_is_put_aside_goes_on_and_only_its_own_read_it(clone):
    logs = Path(clone.paths.log)
    python = SYSTEM_PYTHON if ROOT else sys.executable
    program, config = f"{clone.paths.etc}/ops/ops.pyz", f"{clone.paths.etc}/ops/config.json"
    rotate = [python, *ALONE, program, "rotate", "--force", "--config", config]
    assert clone.get("/v2/_catalog", "admin") == "200"
    subprocess.run(rotate, check=True, capture_output=True, cwd="/")
    before = len(pushes(clone))
    assert clone.dockyard("smoke", "-s", "local").returncode == 0
    wait_until(lambda: len(pushes(clone)) > before, "the next push in the new log")
    said = re.compile(r'^dockyard_requests_total{action="push",status="201"} [1-9]', re.M)
    wait_until(lambda: said.search(shown(clone)), "the next push in the metrics")
    assert stat.S_IMODE(logs.stat().st_mode) == (0o710 if ROOT else 0o750)
    for path in logs.iterdir():
        status = path.stat()
        assert stat.S_IMODE(status.st_mode) & 0o007 == 0 or path.name == "supervisord.log", path
        assert status.st_uid == os.geteuid(), path
    if ROOT:
        group = pwd.getpwnam("dockyard-metrics").pw_gid
        assert (logs / "audit.log").stat().st_gid == group
        assert {path.stat().st_gid for path in logs.glob("audit.log.*")} == {0}


def test_a_second_up_changes_nothing(clone):
    assert "no changes" in clone.up()
