"""Waiting for NGINX's old workers, shown with processes that only carry their titles."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.agent.workers import taking_connections, wait_until_replaced

MASTER = """
import pathlib, subprocess, sys, time
for title in sys.argv[1:]:
    child = subprocess.Popen([title], executable="/bin/cat", stdin=sys.stdin)
    for _ in range(1000):
        if title in pathlib.Path(f"/proc/{child.pid}/cmdline").read_text():
            break
        time.sleep(0.01)
print("ready", flush=True)
sys.stdin.read()
"""
WORKER = "nginx: worker process"


@contextmanager
def master(*titles: str) -> Iterator[subprocess.Popen[str]]:
    """A process with a child for each title; they end with its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-c", MASTER, *titles], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdin
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def test_only_workers_that_stay_take_connections() -> None:
    with master(WORKER, f"{WORKER} is shutting down", "nginx: cache manager process", WORKER) as main:
        assert len(taking_connections([main.pid])) == 2
    assert taking_connections([main.pid]) == []


def test_what_has_just_been_forked_may_be_a_worker() -> None:
    """It has the title of the main process until it names itself."""
    with master("nginx: master process /usr/sbin/nginx") as main:
        assert len(taking_connections([main.pid])) == 1


def test_workers_that_have_ended_are_replaced() -> None:
    with master(WORKER) as main:
        workers = taking_connections([main.pid])
    wait_until_replaced(workers)


def test_a_reload_that_nginx_refuses_is_an_error() -> None:
    with master(WORKER) as main, pytest.raises(DockyardError, match="did not load its new configuration"):
        wait_until_replaced(taking_connections([main.pid]), seconds=0.2)
