"""A small disk that pushes fill."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.ops import watch
from dockyard.ops.settings import load

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.integration.ops.test_garbage import delete, layer
from tests.support.disk import mounted
from tests.support.images import Image, digest_of, push_image, start_upload
from tests.support.instance import running, wait_until
from tests.support.operations import SETTINGS, Registry

pytestmark = pytest.mark.integration
SIZE, LAYER = "64m", 3_000_000
RESERVE = {"reserve": "16M"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    folder = tmp_path / "store"
    folder.mkdir()
    with mounted(folder, f"size={SIZE}"):
        yield folder


def filled(registry: Registry, most: int = 60) -> tuple[list[Image], str]:
    """Pushes until one is refused: those that were acknowledged, and how the refusal was worded."""
    pushed: list[Image] = []
    with registry.instance.client("ci") as client:
        for number in range(most):
            try:
                pushed.append(push_image(client, "team/app", str(number), layer(number, LAYER)))
            except AssertionError as error:
                return pushed, str(error)
    raise AssertionError("the disk was never full")


def test_uploads_are_refused_in_time_while_pulls_deletes_and_collections_go_on(store: Path) -> None:
    with running({**SETTINGS, "storage": str(store), **RESERVE}, PASSWORDS) as instance:
        registry = Registry(instance)
        wait_until(lambda: Path(instance.plan.paths.log, "watch.log").exists(), "the watch to run")
        kept = registry.push("team/kept", "1", layer(500))
        registry.done("backup")
        switch = Path(instance.plan.paths.full)
        pushed: list[Image] = []
        for number in range(58):
            if switch.exists():
                break
            try:
                pushed.append(registry.push("team/app", str(number), layer(number, 1_000_000)))
            except AssertionError:
                assert switch.exists(), "it was set while the push was at work"
            # Near the reserve in the time of a few looks: one that comes late on a busy machine must still come in time.
            time.sleep(0.2 if number < 40 else 0.5)
        assert switch.exists(), "nobody watches the disk"
        with instance.client("ci") as client:
            refused = client.post("/v2/team/app/blobs/uploads/")
        assert refused.status_code == 507
        assert refused.json()["errors"][0]["message"].startswith("the disk of the registry is nearly full")
        assert watch.disk(load(registry.etc / "config.json")).free > 8 << 20, "there is room to work with"
        assert [image for image in [kept, *pushed] if not registry.pulls(image)] == []
        for image in pushed:
            delete(registry, image)
        assert registry.done("gc")["bytes_freed"] > 1_000_000 * len(pushed)
        wait_until(lambda: not switch.exists(), "uploads to be let in again")
        assert registry.pulls(registry.push("team/app", "new", layer(900, 1_000_000)))
        assert registry.pulls(kept)
        registry.done("backup")
        assert registry.done("drill")["broken"] == []


def test_a_push_that_has_begun_may_end(store: Path) -> None:
    """Its bytes are there: to refuse the rest would only leave them behind."""
    with running({**SETTINGS, "storage": str(store), **RESERVE}, PASSWORDS) as instance:
        registry, switch = Registry(instance), Path(instance.plan.paths.full)
        with instance.client("ci") as client:
            location = start_upload(client, "team/app")
            answer = client.patch(location, content=b"config")
            assert answer.status_code == 202
            fill(store)
            wait_until(switch.exists, "the watch to see it")
            digest = digest_of(b"config")
            assert client.post("/v2/team/app/blobs/uploads/").status_code == 507
            assert client.patch(answer.headers["Location"], content=b"more").status_code == 507
            ended = client.put(f"{answer.headers['Location']}&digest={digest}")
            assert ended.status_code == 201, ended.text
        assert registry.blob(digest).read_bytes() == b"config"


def fill(store: Path) -> None:
    with (store / "ballast").open("wb") as stream:
        for _ in range(52):
            stream.write(bytes(1 << 20))


def test_a_disk_that_is_full_to_the_last_byte_loses_nothing_that_was_acknowledged(store: Path) -> None:
    """Without a reserve."""
    with running({**SETTINGS, "storage": str(store)}, PASSWORDS) as instance:
        registry = Registry(instance)
        kept = registry.push("team/kept", "1", layer(500))
        registry.done("backup")
        pushed, refusal = filled(registry)
        assert len(pushed) > 10
        assert "no space left on device" in refusal
        assert [image for image in [kept, *pushed] if not registry.pulls(image)] == []
        for image in pushed[1:]:
            delete(registry, image)
        assert registry.run("gc").code == 0
        assert registry.pulls(registry.push("team/app", "new", layer(900, LAYER)))
        assert registry.pulls(kept)
        assert registry.pulls(pushed[0])
        registry.done("backup")
        assert registry.done("drill")["broken"] == []
