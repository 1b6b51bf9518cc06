"""Whatever process is killed, the registry answers again by itself, once."""

import gc
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from dockyard.ops.launch import group_members, stat_fields

from tests.support.images import push_image
from tests.support.instance import Instance, needs_servers, running, wait_until

pytestmark = [pytest.mark.integration, needs_servers]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def processes(instance: Instance) -> dict[str, list[int]]:
    """Those of the instance that live, by what they are."""
    found: dict[str, list[int]] = {"supervisord": [], "keeper": [], "registry": [], "master": []}
    configuration = instance.plan.paths.etc
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or configuration not in command(int(entry.name)):
            continue
        pid, text = int(entry.name), command(int(entry.name))
        if (stat_fields(pid) or ["Z"])[0] == "Z":
            continue
        if "keeper.py" in text:
            found["keeper"].append(pid)
        elif "supervisord" in text:
            found["supervisord"].append(pid)
        elif "serve" in text and "launch.py" not in text:
            found["registry"].append(pid)
        elif text.startswith("nginx: master"):
            found["master"].append(pid)
    return found


def settled(instance: Instance) -> bool:
    """One of each, all children of the one supervisord, and the front answers."""
    found = processes(instance)
    if not all(len(pids) == 1 for pids in found.values()):
        return False
    (supervisord,) = found.pop("supervisord")
    parents = {int((stat_fields(pid) or ["Z", "0"])[1]) for pids in found.values() for pid in pids}
    return parents == {supervisord} and instance.answers()


@contextmanager
def load(instance: Instance, blob: str) -> Iterator[list[int]]:
    """Pulls all the time, and gives the statuses; a connection that breaks is 0."""
    statuses: list[int] = []
    stop = threading.Event()

    def pull() -> None:
        with instance.client("ci") as client:
            while not stop.wait(0.01):
                try:
                    statuses.append(client.get(blob).status_code)
                except httpx.TransportError:
                    statuses.append(0)

    threads = [threading.Thread(target=pull) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
        gc.collect()


@pytest.mark.timeout(1200)
# A connection that breaks before its TLS handshake is dropped by httpcore without being closed.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_every_process_may_be_killed_and_the_registry_answers_again() -> None:
    with running() as instance:
        with instance.client("ci") as client:
            image = push_image(client, "team/app", "1", b"survives" * 1000)
        wait_until(lambda: settled(instance), "the instance to settle")
        for victim in ("registry", "master", "supervisord", "keeper", "master", "supervisord"):
            (pid,) = processes(instance)[victim]
            with load(instance, f"/v2/team/app/blobs/{image.layer}") as statuses:
                wait_until(lambda seen=statuses: 200 in seen, "the load to begin")
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda gone=pid: (stat_fields(gone) or ["Z"])[0] == "Z", "the kill")
                told = f"the registry to answer after {victim} was killed"
                wait_until(lambda: settled(instance), told, 180)
                seen = len(statuses)
                wait_until(lambda since=seen: 200 in statuses[since:], "pulls to work again")
            assert pid not in processes(instance)[victim]
            assert set(statuses) <= {0, 200, 503}
            assert_no_orphan(instance)
            with instance.client("ci") as client:
                push_image(client, "team/app", "2", victim.encode())
    assert not any(processes(instance).values())
    assert not port_holders(instance.plan.settings.port)


def assert_no_orphan(instance: Instance) -> None:
    """The port is held by the one master and its workers."""
    (master,) = processes(instance)["master"]
    family = set(group_members(int(stat_fields(master)[2])))
    holders = port_holders(instance.plan.settings.port)
    assert master in holders
    assert holders <= family


def port_holders(port: int) -> set[int]:
    """The processes that have a listening socket on the port."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    sockets = {f"socket:[{row[9]}]" for row in fields if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and sockets & links(entry)
    }


def links(process: Path) -> set[str]:
    found = set()
    try:
        for link in (process / "fd").iterdir():
            found.add(os.readlink(link))
    except OSError:  # it has ended, or is none of ours
        return found
    return found


def test_a_worker_that_is_killed_is_replaced() -> None:
    with running() as instance:
        before = instance.workers()
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(instance.workers() - before) == 1, "a new worker")
        assert instance.answers()


def test_a_second_supervisord_does_not_take_over() -> None:
    """Two `up` at the same time, or a keeper and a person."""
    with running() as instance:
        wait_until(lambda: settled(instance), "the instance to settle")
        before = processes(instance)
        subprocess.run(instance.supervisord(), check=False, capture_output=True, timeout=60)
        wait_until(lambda: settled(instance), "the instance to settle")
        assert processes(instance) == before
