"""Bringing images back."""

import os
import random
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from dockyard.ops.restore import ASIDE

from tests.support.instance import wait_until
from tests.support.operations import Registry

pytestmark = pytest.mark.integration


def layer(seed: int, size: int = 20_000) -> bytes:
    return random.Random(seed).randbytes(size)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_wiped_and_restored_every_image_can_be_pulled(live: Registry) -> None:
    images = [live.push(f"team/app{n}", "1", layer(n)) for n in range(3)]
    live.done("backup")
    images.append(live.push("team/late", "1", layer(9)))
    live.done("backup")
    shutil.rmtree(live.tree.parents[2] / "docker")
    assert not live.pulls(images[0])
    found = live.done("restore")
    assert (found["tags"], found["warnings"]) == (4, [])
    assert [image for image in images if not live.pulls(image)] == []
    assert live.pulls(live.push("team/after", "1", layer(10)))
    assert live.done("backup")["snapshot"]
    assert live.done("drill")["tags"] == 5


def test_pulls_go_on_and_writes_wait_while_images_are_put_in_place(live: Registry) -> None:
    """A push of which the registry has begun to write holds the restore up until it is whole."""
    image = live.push("team/app", "1", layer(1))
    live.done("backup")
    switch = Path(live.instance.plan.paths.read_only)
    refused, failures, stop = [], [], threading.Event()

    def pull() -> None:
        while not stop.is_set():
            if not live.pulls(image):
                failures.append(1)

    puller = threading.Thread(target=pull)
    puller.start()
    process = live.start("restore")
    try:
        with live.instance.client("ci") as client:
            while process.poll() is None:
                if switch.exists():
                    refused.append(client.post("/v2/team/app/blobs/uploads/").status_code)
        process.communicate()
    finally:
        stop.set()
        puller.join()
    assert process.returncode == 0
    assert failures == []
    assert 503 in refused
    assert not switch.exists()
    assert live.pulls(live.push("team/app", "2", layer(2)))


def test_what_was_pushed_since_is_not_lost_without_a_flag(registry: Registry) -> None:
    registry.write("team/app", "1", layer(1))
    registry.done("backup")
    registry.write("team/app", "2", layer(2))
    late = registry.write("team/new", "1", layer(3))
    before = contents(registry.tree)
    refused = registry.run("restore")
    assert refused.code == 1
    assert "holds 4 tags or manifests that the snapshot does not: " in refused.error
    assert f"team/new:1, team/new@{late.digest}" in refused.error
    assert "--force" in refused.hint
    assert contents(registry.tree) == before
    assert registry.done("restore", "--force")["tags"] == 1
    assert not (registry.tree / "repositories/team/new").exists()


def test_another_folder_and_an_earlier_time(registry: Registry, tmp_path: Path) -> None:
    registry.write("team/app", "1", layer(1))
    before = contents(registry.tree)
    (registry.etc / "config.json").write_text(
        (registry.etc / "config.json").read_text().replace('"daily": 7', '"last": 9, "daily": 7')
    )
    registry.done("backup")
    time.sleep(1.1)  # restic's own times are compared with one that is typed in whole seconds
    between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    registry.write("team/app", "2", layer(2))
    registry.done("backup")
    there = tmp_path / "elsewhere"
    registry.done("restore", "--to", str(there), "--at", between)
    assert contents(there / "docker/registry/v2") == before
    refused = registry.run("restore", "--to", str(there))
    assert (refused.code, "is not empty: it holds docker" in refused.error) == (1, True)
    early = registry.run("restore", "--to", str(tmp_path / "x"), "--at", "2020-01-01")
    assert early.error == "there is no snapshot of that time or before"


def test_a_backup_with_broken_images_is_restored_on_request_less_what_is_broken(registry: Registry) -> None:
    """A broken blob that is gone is mended by the next push; one that is there is not."""
    image, good = registry.write("team/app", "1", layer(1)), registry.write("team/good", "1", layer(2))
    registry.blob(image.layer).write_bytes(layer(3))
    registry.done("backup")
    refused = registry.run("restore")
    assert (refused.code, f"team/app:1: layer {image.layer}: is corrupt" in refused.error) == (1, True)
    assert registry.blob(image.layer).exists()
    assert len(registry.done("restore", "--force")["warnings"]) == 1
    assert not registry.blob(image.layer).exists()
    assert registry.blob(good.layer).read_bytes() == good.content


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_restore_has_changed_nothing_or_all_and_the_next_finishes(live: Registry, seed: int) -> None:
    image = live.push("team/app", "1", layer(1, 2_000_000))
    live.done("backup")
    live.push("team/app", "2", layer(2))
    now = {path: text for path, text in contents(live.tree).items() if "_uploads" not in path}
    process = live.start("restore", "--force")
    time.sleep(random.Random(seed).uniform(0.2, 3.0))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    left = {path: text for path, text in contents(live.tree).items() if "_uploads" not in path}
    assert left == now or set(left) < set(now)
    switch = Path(live.instance.plan.paths.read_only)
    wait_until(lambda: not switch.exists(), "the front to be opened again")
    assert live.pulls(image)
    assert live.done("restore", "--force")["tags"] == 1
    assert not (live.tree.parents[2] / ASIDE).exists()
    assert live.pulls(image)
    assert live.pulls(live.push("team/app", "3", layer(3)))


def test_a_kill_while_writes_wait_lets_them_in_again(live: Registry) -> None:
    live.push("team/app", "1", layer(1))
    live.done("backup")
    switch = Path(live.instance.plan.paths.read_only)
    process = live.start("restore")
    wait_until(switch.exists, "the front to be closed")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not switch.exists(), "the front to be opened again")
    live.push("team/app", "2", layer(2))


def test_without_room_nothing_is_changed(registry: Registry) -> None:
    registry.write("team/app", "1", layer(1))
    registry.done("backup")
    before = contents(registry.tree)
    if not shutil.which("prlimit"):
        pytest.skip("not installed: prlimit")
    refused = registry.run("restore", prefix=("prlimit", "--fsize=10000"))
    assert refused.code == 1
    assert contents(registry.tree) == before
    assert not (registry.tree.parents[2] / ASIDE).exists()
