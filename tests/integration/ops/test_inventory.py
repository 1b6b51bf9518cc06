"""The inventory of a store as registry:2 leaves it, whole and broken; pages that stay whole whatever ends the job."""

import grp
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.cli.place import SYSTEM_PYTHON
from dockyard.ops import inventory, links
from dockyard.ops.accounts import give

from tests.support.images import digest_of
from tests.support.instance import make
from tests.support.operations import SETTINGS, Registry

pytestmark = pytest.mark.integration
KILLS = 12
OWNER, FRONT = "daemon", "adm"
"""An account and a group that are on every Debian."""
INDEX = "application/vnd.oci.image.index.v1+json"
PARTS = 2
"""Configuration and manifest: of each image its own, beside the layer."""


def take(registry: Registry, **views):
    return inventory.take(registry.tree, {"all": None, **views})


def pages(registry: Registry) -> dict[str, bytes]:
    folder = Path(registry.instance.plan.paths.pages)
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def steady(content: bytes) -> list[bytes]:
    """Without times, and without the room on the disk, which others take and leave meanwhile."""
    changing = (b"<time", b" GiB", b" TiB")
    return [line for line in content.splitlines() if not any(part in line for part in changing)]


def test_sizes_count_a_layer_once_and_what_is_shared_is_told_of_what_is_seen(registry):
    shared, own = b"s" * 100_000, b"o" * 50_000
    registry.write("team/app", "1", shared)
    registry.write("team/app", "2", shared)
    registry.write("team/tool", "1", own)
    registry.write("secret/app", "1", shared)
    found = take(registry, team=["team/.*"])
    entries = {it["name"]: it for it in found["repositories"]}
    assert list(entries) == ["secret/app", "team/app", "team/tool"]
    assert (entries["team/app"]["tags"], entries["team/app"]["manifests"]) == (2, 1)
    assert 100_000 < entries["team/app"]["bytes"] < 101_000
    assert 150_000 < found["views"]["all"]["bytes"] < 153_000
    assert found["views"]["all"]["own"]["team/app"] < 1000
    seen = found["views"]["team"]
    assert set(seen["own"]) == {"team/app", "team/tool"}
    assert seen["own"]["team/app"] == entries["team/app"]["bytes"], "nobody learns what others have"
    assert (found["blobs"], found["bytes"]) == (2 + 3 * PARTS, found["views"]["all"]["bytes"])


def test_platforms_of_an_index_attachments_and_the_time_of_a_push_are_told(registry):
    amd, arm = registry.write("team/app", "amd", b"a" * 1000), registry.write("team/app", "arm", b"b" * 3000)
    entries = [
        {
            "mediaType": "m",
            "digest": amd.digest,
            "size": 1,
            "platform": {"os": "linux", "architecture": "amd64"},
        },
        {
            "mediaType": "m",
            "digest": arm.digest,
            "size": 1,
            "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
        },
        {
            "mediaType": "m",
            "digest": amd.digest,
            "size": 1,
            "platform": {"os": "unknown", "architecture": "unknown"},
        },
    ]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    digest = registry.write_manifest("team/app", manifest, "1.0")
    registry.write("team/app", f"{digest.replace(':', '-')}.sig", b"signature")
    link = registry.tree / "repositories/team/app/_manifests/tags/1.0/current/link"
    os.utime(link, (2_000_000_000, 2_000_000_000))
    (entry,) = take(registry)["repositories"]
    first = entry["newest"][0]
    assert (entry["tags"], entry["attached"], entry["pushed"]) == (3, 1, 2_000_000_000)
    assert (first["tag"], first["kind"], first["attached"]) == ("1.0", "index", ["signature"])
    assert first["platforms"] == ["linux/amd64", "linux/arm64/v8"]
    assert 4000 < first["bytes"] < 4300


def test_broken_images_are_named_and_the_rest_is_counted(registry):
    registry.write("team/good", "1", b"good" * 100)
    lost, torn, gone = (
        registry.write(f"team/{name}", "1", name.encode() * 100) for name in ("lost", "torn", "gone")
    )
    registry.blob(lost.layer).unlink()
    registry.blob(torn.digest).write_bytes(b"{")
    registry.blob(gone.digest).unlink()
    (registry.tree / "repositories/team/empty/_manifests/tags/1/current").mkdir(parents=True)
    (registry.tree / "repositories/team/empty/_manifests/tags/1/current/link").touch()
    nested = registry.write_manifest("team/deep", b'{"x":' + b"[" * 9000 + b"]" * 9000 + b"}", "1")
    found = registry.done("inventory")
    assert (found["repositories"], found["faults"]) == (6, 5)
    (page,) = [
        text for text in pages(registry).values() if b"Broken image" in text and b"Room on the disk" in text
    ]
    for told in (
        f"layer {lost.layer} is missing",
        f"manifest {torn.digest} is corrupt",
        nested,
        "team/empty",
    ):
        assert told.encode() in page
    assert b"team/<wbr>good" in page


def test_a_store_that_changes_is_told_without_a_fault(registry, monkeypatch):
    """A tag that is there and whose manifest is not is looked at once more: it was being removed."""
    image = registry.write("team/app", "1", b"x")
    link = registry.tree / f"repositories/team/app/_manifests/revisions/{image.digest.replace(':', '/')}/link"
    link.unlink()
    monkeypatch.setattr(
        time, "sleep", lambda _: link.parent.is_dir() and link.write_text(image.digest), raising=True
    )
    (entry,) = take(registry)["repositories"]
    assert entry["faults"] == []
    assert list(links.repositories(registry.tree)) == ["team/app"]


def test_run_twice_it_gives_the_same_bytes_but_for_times_and_one_line_a_day(registry):
    registry.write("team/app", "1", b"x" * 1000)
    registry.done("inventory")
    first = pages(registry)
    registry.done("inventory")
    second = pages(registry)
    assert first.keys() == second.keys()
    assert all(steady(first[name]) == steady(second[name]) for name in first)
    known = json.loads((registry.state / "inventory.json").read_text())
    assert {key: known[key] for key in ("repositories", "tags", "blobs")} == {
        "repositories": 1,
        "tags": 1,
        "blobs": 3,
    }
    assert [entry["bytes"] for entry in known["history"]] == [known["bytes"]]


def test_pages_that_nobody_reads_any_more_are_removed(registry):
    registry.done("inventory")
    folder = Path(registry.instance.plan.paths.pages)
    kept = set(pages(registry))
    (folder / f"{'0' * 32}.html").write_text("of a user who is gone")
    (folder / f".{'0' * 32}.html.new").write_text("of a run that was killed")
    registry.done("inventory")
    assert {path.name for path in folder.iterdir()} == kept
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
    assert folder.stat().st_mode & 0o777 == 0o750


@pytest.fixture
def owned(registry) -> Iterator[Registry]:
    """Its store belongs to another account, below folders that everybody may pass."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to change to another account")
    folder = Path(tempfile.mkdtemp(prefix="dockyard-test-"))
    settings, passwords = {**SETTINGS, "storage": f"{folder}/store"}, {"ci": "c", "admin": "a"}
    made = Registry(make(folder, settings, passwords))
    config = made.etc / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "owner": OWNER}))
    made.write("team/app", "1", b"x")
    folder.chmod(0o711)
    give(folder / "store", OWNER)
    (folder / "store").chmod(0o700)
    yield made
    shutil.rmtree(made.instance.plan.paths.run)
    shutil.rmtree(folder)


def test_for_root_the_store_is_read_by_its_owner_and_the_front_alone_reads_the_pages(owned):
    folder, group = Path(owned.instance.plan.paths.pages), grp.getgrnam(FRONT).gr_gid
    os.chown(folder, 0, group)
    found = owned.done("inventory")
    assert (found["repositories"], found["faults"]) == (1, 0)
    status = {(it.stat().st_uid, it.stat().st_gid, it.stat().st_mode & 0o777) for it in folder.iterdir()}
    assert status == {(0, group, 0o640)}
    os.chmod(owned.etc.parent.parent, 0o711)
    other = [
        "setpriv",
        f"--reuid={OWNER}",
        f"--regid={OWNER}",
        "--clear-groups",
        SYSTEM_PYTHON,
        *owned.command("report")[1:],
    ]
    refused = subprocess.run(other, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "only root can report on this instance" in refused.stdout + refused.stderr


def test_killed_anywhere_the_former_pages_stay_whole(registry):
    for number in range(30):
        registry.write(f"team/app-{number}", "1", digest_of(b"%d" % number).encode())
    registry.done("inventory")
    former = pages(registry)
    for number in range(KILLS):
        process = registry.start("inventory")
        time.sleep(0.1 + 0.05 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert pages(registry).keys() == former.keys()
        assert all(text.endswith(b"</html>\n") for text in pages(registry).values())
    registry.done("inventory")
    assert all(steady(text) == steady(pages(registry)[name]) for name, text in former.items())


def test_a_report_changes_nothing_and_its_page_comes_back_with_it(registry):
    registry.write("team/app", "1", b"x")
    found = registry.done("report", "--html")
    assert found["html"].startswith("<!DOCTYPE html>")
    assert found["html"].endswith("</html>\n")
    assert "html" not in registry.done("report")
    assert (found["repositories"], found["tags"]) == (1, 1)
    assert pages(registry) == {}
    assert not (registry.state / "inventory.json").exists()


def test_the_page_knows_what_the_jobs_came_to(registry):
    registry.write("team/app", "1", b"x" * 1000)
    for job in ("backup", "drill", "gc"):
        registry.done(job)
    found = registry.done("report", "--html")
    jobs = {it["job"]: it for it in found["jobs"]}
    assert jobs["backup"]["outcome"].endswith("KiB")
    assert jobs["gc"]["outcome"].startswith("0 B freed")
    assert found["certificate"]["issuer"] == "localhost"
    assert found["certificate"]["days"] >= 28
    assert found["versions"]["registry"].startswith("2.")
    assert found["writes"] == {"status": "ok", "text": ""}
    assert "none are made" not in found["html"]
    for shown in ("Restore drill", "1 tag pulled", "0 B freed", "29 days left"):
        assert shown in found["html"], shown


@pytest.mark.parametrize(("text", "status"), [("dockyard: busy\n", "ok"), ("an operator's\n", "warning")])
def test_writes_that_are_refused_stand_at_the_top(registry, text, status):
    switch = Path(registry.instance.plan.paths.read_only)
    switch.write_text(text)
    found = registry.done("report", "--html")
    assert found["writes"]["status"] == status
    assert "Pushes are refused" in found["html"]
    switch.unlink()
