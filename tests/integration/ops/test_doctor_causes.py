"""Causes that the doctor finds on a host: an ended certificate, names that are gone, a clock that was moved, a full disk."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ops.test_doctor import checks, failing
from tests.support.disk import mounted
from tests.support.faulty import new_authority
from tests.support.instance import wait_until
from tests.support.operations import Registry

pytestmark = pytest.mark.integration
ADDRESS = "rest:https://copies:a-secret-word@backup.invalid:8000/images"


def configure(registry: Registry, **changes: object) -> None:
    config = registry.etc / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **changes}))


def test_a_certificate_that_has_ended_is_named(live: Registry, tmp_path: Path) -> None:
    tls = Path(live.instance.plan.paths.front) / "tls"
    made = new_authority().certificate(tmp_path, "localhost", days=30, ago=60).read_text()
    certificate, mark, key = made.partition("-----BEGIN PRIVATE KEY-----")
    (tls / "certificate.pem").write_text(certificate)
    (tls / "private.key").write_text(mark + key)
    assert checks(live)["certificate"]["status"] == "failure", "the front has not loaded it yet"
    os.kill(live.instance.pid("front/nginx.pid"), signal.SIGHUP)
    wait_until(
        lambda: "expired" in checks(live)["certificate"]["evidence"], "the front to load it", seconds=120
    )
    found = checks(live)
    assert failing(found) - {"store disk", "state disk", "backup disk"} == {"certificate"}
    assert found["certificate"]["hint"] == "dockyard up"


def test_a_host_that_does_not_find_its_own_name_is_warned_of(registry: Registry) -> None:
    assert checks(registry)["dns"]["status"] == "ok"
    looks_at = json.loads((registry.etc / "config.json").read_text())["looks_at"]
    configure(registry, looks_at={**looks_at, "domain": "registry.invalid"})
    found = checks(registry)["dns"]
    assert (found["status"], found["hint"]) == ("warning", "getent ahosts registry.invalid")


def test_a_backups_server_that_is_not_found_is_named_without_its_password(registry: Registry) -> None:
    (registry.etc / "repository").write_text(f"{ADDRESS}\n")
    found = checks(registry)
    assert found["dns"]["status"] == "failure"
    assert "the backup's server backup.invalid" in found["dns"]["evidence"]
    assert "a-secret-word" not in json.dumps(found)


def test_a_clock_that_was_set_back_is_named(live: Registry) -> None:
    if not shutil.which("faketime"):
        pytest.skip("not installed: faketime")
    live.push("team/app", "1", b"layer")
    live.done("backup")
    moved = live.run("doctor", prefix=("faketime", "--exclude-monotonic", "-f", "-3d"))
    found = {it["name"]: it for it in moved.result["checks"]}
    assert found["last backup"]["status"] == "failure"
    assert "clock" in found["last backup"]["evidence"]
    assert "not yet valid" in found["certificate"]["evidence"]


@pytest.fixture
def small_store(registry: Registry) -> Iterator[Path]:
    store = Path(registry.instance.plan.paths.store)
    with mounted(store, "size=8m,nr_inodes=100"):
        yield store


def test_a_disk_without_room_or_without_inodes_is_named(registry: Registry, small_store: Path) -> None:
    found = checks(registry)["store disk"]
    assert (found["status"], found["hint"]) == ("failure", f"du -xsh {small_store}; dockyard gc")
    for number in range(98):
        (small_store / str(number)).touch()
    assert "inodes 1% free" in checks(registry)["store disk"]["evidence"]


def test_a_store_that_its_owner_may_not_write_is_named(registry: Registry) -> None:
    store = Path(registry.instance.plan.paths.store)
    store.chmod(0o550)
    try:
        found = checks(registry)
    finally:
        store.chmod(0o750)
    assert failing(found) & {"permissions"} == {"permissions"}
    assert found["permissions"]["hint"] == f"chmod u+wx {store}"
