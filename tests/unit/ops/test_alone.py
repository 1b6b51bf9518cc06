"""A registry without a front: real processes in its place, as the operations see and end them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.ops import alone
from dockyard.ops.errors import OpsError
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import failure, ok

from tests.support.instance import wait_until

SLEEP = "import time; time.sleep(300)"
WELL = ok("writes", "writes are let in")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    paths = dict.fromkeys(
        ("store", "state", "run_file", "repository_file", "password_file", "environment_file"), tmp_path
    )
    return Settings(
        instance="test",
        read_only=tmp_path / "read-only",
        registry="",
        account="",
        owner="",
        keep={},
        every={},
        alone=True,
        containers={"file": "/etc/compose.yaml", "registry": str(tmp_path / "registry.yml")},
        **paths,
    )


@pytest.fixture
def begun(settings: Settings) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Ends what a test has started."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def begin(settings: Settings, read_only: bool, verb: str = "serve") -> "subprocess.Popen[bytes]":
    more = {"REGISTRY_STORAGE_MAINTENANCE_READONLY": '{"enabled": true}'} if read_only else {}
    command = [sys.executable, "-c", SLEEP, verb, settings.containers["registry"]]
    process = subprocess.Popen(command, env={**os.environ, **more})
    wait_until(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes().endswith(b"registry.yml\0"), "it")
    return process


def test_what_can_write_is_ended_and_what_cannot_goes_on(settings: Settings, begun: list[object]) -> None:
    writes = begin(settings, read_only=False)
    begun.append(writes)
    assert not alone.read_only(settings)
    alone.wait_until_read_only(settings, seconds=60)
    assert writes.wait(60) == -15
    begun.append(begin(settings, read_only=True))
    assert alone.read_only(settings)
    alone.wait_until_read_only(settings, seconds=60)


def test_one_that_does_not_run_writes_nothing(settings: Settings) -> None:
    alone.wait_until_read_only(settings, seconds=60)


def test_one_that_is_about_to_serve_is_waited_for(settings: Settings, begun: list[object]) -> None:
    begun.append(begin(settings, read_only=True, verb="soon"))
    with pytest.raises(OpsError) as caught:
        alone.wait_until_read_only(settings, seconds=0.5)
    assert caught.value.hint == "docker compose --file /etc/compose.yaml restart registry"


def test_the_doctor_sees_one_that_was_left_read_only(
    settings: Settings, begun: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "SEEN", 0.5)
    assert alone.writes(settings, WELL) == WELL
    begun.append(begin(settings, read_only=True))
    hint = alone.restart(settings)
    assert alone.writes(settings, WELL) == failure("writes", "refused, and no operation runs", hint)
    settings.read_only.touch()
    assert alone.writes(settings, WELL) == WELL, "an operation runs"
