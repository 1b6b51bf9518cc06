"""Logs are put aside while requests go on: every line is there once, whatever is killed."""

import contextlib
import gzip
import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from dockyard.ops import log_files, results

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.support.instance import Instance, make, running, wait_until
from tests.support.operations import SETTINGS, Registry

pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {NEEDED}")]
CLIENTS, ENOUGH = 4, 50
OLD = '{"time":"2020-01-01T00:00:00+00:00","status":200}\n'
KILLER = """
import os, signal, sys
from pathlib import Path
application, config, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, application)
from dockyard.ops import rotation, settings
found = settings.load(Path(config))
def hook(event, arguments):
    global left
    makes = event == "open" and arguments[2] & os.O_CREAT and str(arguments[0]).startswith(str(found.logs))
    if makes or event in ("os.rename", "os.remove", "os.kill"):
        left -= 1
        if left == -1:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
rotation.rotate(found, True, 60)
"""
"""Kills itself before a step, of those that change files or tell NGINX something."""


@dataclass
class Clients:
    """Who asks all the time, and the ids of what was answered."""

    instance: Instance
    ids: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        ended = threading.Event()
        threads = [threading.Thread(target=self._ask, args=(ended,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
            wait_until(lambda: len(self.ids) > ENOUGH or self.failures, "enough requests to be answered")
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def _ask(self, ended: threading.Event) -> None:
        with self.instance.client() as client:
            while not ended.is_set():
                try:
                    self.ids.append(client.get("/").headers["X-Request-Id"])
                except httpx.TransportError as error:
                    self.failures.append(str(error))
                time.sleep(0.02)


def lines(logs: Path) -> list[str]:
    files, tail = log_files.opened(logs / "audit.log")
    found = [line for file in files for line in log_files.read(file)] + list(tail.lines())
    tail.close()
    return [json.loads(line)["id"] for line in found]


def holds_each_once(logs: Path, clients: Clients) -> None:
    """The line of a request is written a moment after its answer."""
    assert clients.failures == []
    assert len(clients.ids) > ENOUGH
    wait_until(lambda: set(clients.ids) <= set(lines(logs)), "every line in the logs")
    assert [it for it, count in Counter(lines(logs)).items() if count > 1] == []


def unpacked(logs: Path) -> list[str]:
    return sorted(path.name for path in logs.glob("*.log.*") if path.suffix != ".gz")


def test_no_line_is_lost_or_doubled_while_requests_go_on(live: Registry) -> None:
    clients = Clients(live.instance)
    with clients.at_work():
        for _ in range(12):
            found = live.done("rotate", "--force")
            assert found["packed"] == found["put_aside"]
    live.done("rotate", "--force")
    holds_each_once(live.logs, clients)
    assert unpacked(live.logs) == []
    for path in live.logs.glob("*.gz"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((live.logs / "audit.log").stat().st_mode) == 0o640


@pytest.mark.timeout(600)
def test_killed_before_any_step_the_next_run_goes_on(live: Registry) -> None:
    clients, point, ended = Clients(live.instance), 0, False
    with clients.at_work():
        while not ended:
            command = [
                sys.executable,
                "-I",
                "-c",
                KILLER,
                str(live.etc / "ops.pyz"),
                str(live.etc / "config.json"),
            ]
            done = subprocess.run([*command, str(point)], capture_output=True, text=True, check=False)
            ended = done.returncode == 0
            assert ended or done.returncode == -signal.SIGKILL, done.stderr
            point += 1
            if point % 3 == 0:
                live.done("rotate")
    assert point > 6, "there are steps to be killed at"
    live.done("rotate")
    assert unpacked(live.logs) == []
    assert [path for path in live.logs.iterdir() if path.name.endswith(".new")] == []
    holds_each_once(live.logs, clients)


def test_killed_at_random_moments_nothing_is_lost(live: Registry) -> None:
    chance, clients = random.Random(6), Clients(live.instance)
    with clients.at_work():
        for _ in range(10):
            process = live.start("rotate", "--force")
            time.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process.communicate()
        live.done("rotate", "--force")
    holds_each_once(live.logs, clients)
    assert unpacked(live.logs) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has workers of another account")
def test_workers_of_another_account_begin_a_new_log_that_is_root_s_again(tmp_path: Path) -> None:
    """As on a host that is configured as root: its folder of logs may be entered by them, and no more."""
    with running_as("www-data") as instance:
        logs, clients = Path(instance.plan.paths.log), Clients(instance)
        registry = Registry(instance)
        with clients.at_work():
            for _ in range(4):
                assert registry.done("rotate", "--force")["packed"] >= 1
        holds_each_once(logs, clients)
        for path in logs.glob("audit.log*"):
            assert (path.stat().st_uid, path.stat().st_gid) == (0, 0), path
        assert stat.S_IMODE((logs / "audit.log").stat().st_mode) == 0o640


@contextlib.contextmanager
def running_as(account: str) -> Iterator[Instance]:
    """An instance whose NGINX gives its workers to the account."""

    def given(instance: Instance) -> None:
        configuration = Path(instance.plan.paths.front) / "nginx.conf"
        configuration.write_text(
            configuration.read_text().replace("user root root;", f"user {account} {account};")
        )
        os.chmod(instance.folder, 0o711)
        os.chmod(instance.plan.paths.log, 0o710)
        subprocess.run(["chgrp", account, instance.plan.paths.log], check=True)

    with running(SETTINGS, PASSWORDS, before=given, answers=any_answer) as instance:
        yield instance


def any_answer(instance: Instance) -> bool:
    """The workers may not reach the registry in this layout; they log all the same."""
    with contextlib.suppress(httpx.TransportError), instance.client() as client:
        return client.get("/").status_code == 404
    return False


def test_the_host_puts_aside_by_itself_what_is_of_another_day(tmp_path: Path) -> None:
    def older(instance: Instance) -> None:
        Path(instance.plan.paths.log, "audit.log").write_text(OLD)

    with running(SETTINGS, PASSWORDS, before=older) as instance:
        registry = Registry(instance)
        wait_until(
            lambda: results.last(registry.state, "rotation")["succeeded"], "the day's work", seconds=90
        )
        (packed,) = registry.logs.glob("audit.log.*.gz")
        assert gzip.decompress(packed.read_bytes()).decode().startswith(OLD)


def test_logs_take_no_more_than_they_may_and_go_when_they_are_old(tmp_path: Path) -> None:
    """What cannot be packed well: the oldest parts go, the newest stay."""
    audit = {"keep_days": 3, "max_size": "1M"}
    instance = make(tmp_path, {**SETTINGS, "audit": audit}, PASSWORDS)
    registry, chance = Registry(instance), random.Random(1)
    old = registry.logs / "audit.log.20200101T000000.gz"
    old.write_bytes(gzip.compress(b"old\n"))
    for number in range(12):
        (registry.logs / "audit.log").write_bytes(
            b'{"n":%d,"x":"%s"}\n' % (number, chance.randbytes(100_000).hex().encode())
        )
        assert registry.done("rotate")["put_aside"] == 1
    assert not old.exists()
    left = sorted(registry.logs.glob("audit.log.*.gz"))
    assert 5 < len(left) < 12
    assert sum(path.stat().st_size for path in left) <= 1 << 20
    assert gzip.decompress(left[-1].read_bytes()).startswith(b'{"n":11')


def test_nothing_is_done_where_nothing_is_due(live: Registry) -> None:
    live.push("team/app", "1", b"layer")
    assert set(live.done("rotate").values()) == {0}
    assert list(live.logs.glob("*.gz")) == []
    log = live.logs / "audit.log"
    log.unlink()
    live.done("rotate")
    wait_until(
        lambda: live.push("team/app", "2", b"layer") and log.exists() and log.stat().st_size,
        "a log that was removed to be begun anew",
    )
