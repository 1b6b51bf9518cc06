"""Another version of the registry on the same store, and back: nothing changes but the program."""

import json
import threading
import time
from pathlib import Path

import pytest

from tests.integration.ops.test_kills import lost
from tests.support.images import digest_of
from tests.support.instance import wait_until
from tests.support.pushing import Pushing
from tests.support.registry3 import registry3
from tests.support.upgrades import Yard, yard

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]
PACKAGED = "/usr/bin/docker-registry"


def test_every_tag_and_blob_is_the_same_in_2_in_3_and_in_2_again(applied: Yard, three: str) -> None:
    before = applied.answered()
    assert len(before) == 6 + 9
    assert applied.up(version="3", program=three)
    assert applied.program() == three
    assert "the registry changes from version 2" in applied.lines[0]
    assert "6 manifests and 9 blobs of 6 tags looked at, before and after" in applied.lines[-1]
    assert applied.answered() == before
    assert not applied.up()
    new = applied.registry.push("team/new", "v1", b"pushed to 3")
    before = applied.answered()
    applied.registry.done("backup")
    assert applied.up(version="2", program=None)
    assert applied.program() == PACKAGED
    assert applied.answered() == before
    assert applied.registry.pulls(new)
    assert not applied.up()


def test_an_up_that_changes_no_program_tries_none(applied: Yard) -> None:
    pid = applied.instance.pid("registry/launch")
    assert applied.up(anonymous_pull=["pub/**"])
    assert not any("trying" in line for line in applied.lines)
    assert applied.instance.pid("registry/launch") == pid


def test_another_program_of_the_same_version_goes_the_same_way(applied: Yard, own: Path) -> None:
    own.write_bytes(Path(PACKAGED).read_bytes())
    own.chmod(0o755)
    before = applied.answered()
    assert applied.up(program=str(own))
    assert "looked at, before and after" in applied.lines[-1]
    assert (applied.program(), applied.answered()) == (str(own), before)


def test_pushes_go_on_through_the_change_and_every_refused_one_succeeds_later(
    applied: Yard, three: str
) -> None:
    pushing = Pushing(applied.instance)
    with pushing.at_work():
        wait_until(lambda: len(pushing.acknowledged) > 4, "a few pushes")
        applied.up(version="3", program=three)
        during = len(pushing.acknowledged)
        wait_until(lambda: len(pushing.acknowledged) > during + 4, "a few more")
    assert (pushing.failures, lost(applied.registry, pushing.acknowledged)) == ([], [])
    assert pushing.refusals, "the change was not seen"
    assert {answer.status_code for answer in pushing.refusals} == {503}
    assert all("Retry-After" in answer.headers for answer in pushing.refusals)


def test_without_a_backup_a_registry_with_images_stays_unless_told_otherwise(three: str) -> None:
    with yard() as made:
        made.registry.push("team/app", "v1", b"layer")
        text = made.refused(version="3", program=three)
        assert "version: the registry's program is not changed: there is no backup yet" in text
        assert "`dockyard backup` makes one; upgrade: {allow_without_backup: true}" in text
        assert made.program() == PACKAGED
        assert made.up(upgrade={"allow_without_backup": True})
        assert made.program() == three


def test_the_store_is_not_moved_in_the_same_step(applied: Yard, three: str) -> None:
    text = applied.refused(version="3", program=three, storage=str(applied.instance.folder / "elsewhere"))
    assert "version: cannot change together with `storage`" in text
    assert applied.program() == PACKAGED


def test_another_operation_is_waited_for(applied: Yard, three: str) -> None:
    from dockyard.ops.lock import locked

    held, ended = threading.Event(), []

    def backup() -> None:
        with locked(applied.registry.state, "a backup of this test"):
            held.set()
            time.sleep(8)
            ended.append(applied.program())

    thread = threading.Thread(target=backup)
    thread.start()
    held.wait()
    applied.up(version="3", program=three)
    thread.join()
    assert ended == [PACKAGED]


def test_what_3_cannot_serve_keeps_a_registry_at_2(applied: Yard, three: str) -> None:
    """Docker's schema 1, which 2.8 still answers and 3 does not know."""
    registry, layer = applied.registry, b"of long ago"
    document = {
        "schemaVersion": 1,
        "name": "team/old",
        "tag": "v1",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": digest_of(layer)}],
        "history": [{"v1Compatibility": "{}"}],
    }
    registry.write_blob(layer)
    registry.write_link("team/old/_layers", digest_of(layer))
    registry.write_manifest("team/old", json.dumps(document).encode(), "v1")
    pid = applied.instance.pid("registry/launch")
    text = applied.refused(version="3", program=three)
    assert "it does not serve what is served now; nothing was changed:" in text
    assert "team/old:v1: its manifest is answered 500" in text
    assert applied.instance.pid("registry/launch") == pid


def test_a_new_registry_may_begin_with_3(three: str) -> None:
    with yard(version="3", program=three) as made:
        image = made.registry.push("team/app", "v1", b"layer")
        assert (made.program(), made.registry.pulls(image)) == (str(registry3()), True)
        assert not made.up()


def test_a_program_that_is_none_is_told_before_anything_changes(applied: Yard, own: Path) -> None:
    assert f"program: {own} is missing on the host" in applied.refused(version="3", program=str(own))
    own.write_text("#!/bin/sh\necho registry v3.0.0\n")
    own.chmod(0o755)
    assert f"program: {own} is 3.0.0: before 3.1.0 a crash" in applied.refused()
    assert applied.program() == PACKAGED
