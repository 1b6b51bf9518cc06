"""Retention on real stores: what goes, what stays, and that a kill or a push changes nothing of it."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from dockyard.ops import results
from dockyard.ops.retention import _carry_out, _judged
from dockyard.ops.settings import load

from tests.integration.ops.test_drill import index_of, layer, referrer_of
from tests.support.operations import Registry

pytestmark = pytest.mark.integration
LONG_AGO = 40 * 86400.0
KILLER = """
import os, signal, sys
from pathlib import Path
application, config, tags, left = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
sys.path.insert(0, application)
from dockyard.ops import report, retention, settings
steps = ("os.rename", "os.remove", "os.rmdir")
def hook(event, arguments):
    global left
    if event in steps and len(os.listdir(tags)) <= 300:
        left -= 1
        if left == -1:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
retention.retain(settings.load(Path(config)), False, report.Report())
"""
"""Kills itself before a step, of those that take something away once the first of the 301 tags has gone."""


def with_rules(registry: Registry) -> Registry:
    """As `dockyard up` writes the configuration."""
    instance = registry.instance
    file = registry.etc / "config.json"
    rules = [
        {"name": "untagged", "expire": True, "untagged": True, "older_than_days": 14},
        {"name": "keep-tags", "expire": False, "tags": ["v*"]},
        {"name": "old", "expire": True, "tags": ["dev*"], "older_than_days": 30},
    ]
    configuration = json.loads(file.read_text())
    assert configuration["retention"] is None, instance
    whole = [{"tags": [], "untagged": False, "older_than_days": 0, "keep_last": 0, **rule} for rule in rules]
    file.write_text(json.dumps({**configuration, "retention": whole}))
    return registry


def age(registry: Registry) -> None:
    """All that has been pushed until now was pushed long ago."""
    then = time.time() - LONG_AGO
    for link in registry.tree.glob("repositories/**/link"):
        os.utime(link, (then, then))


def state(registry: Registry) -> set[tuple[str, str]]:
    """Every tag and every manifest."""
    base = registry.tree / "repositories"
    found = [*base.glob("**/tags/*/current/link"), *base.glob("**/revisions/*/*/link")]
    return {(str(link.relative_to(base)), link.read_text()) for link in found}


def filled(registry: Registry) -> dict[str, str]:
    """Name to digest of one image of each kind."""
    found = {}
    for number, (name, tag) in enumerate({"old": "dev-1", "kept": "v1", "child": "dev-2"}.items()):
        found[name] = registry.write("team/app", tag, layer(number)).digest
    (tags := registry.tree / "repositories/team/app/_manifests/tags/dev-2").rename(tags.with_name("gone"))
    for file in sorted(tags.with_name("gone").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    tags.with_name("gone").rmdir()
    found["loose"] = registry.write_manifest("team/app", referrer_of("sha256:" + "0" * 64, layer(5)))
    found["index"] = registry.write_manifest("team/app", index_of(found["child"]), "v2")
    found["sbom"] = registry.write_manifest("team/app", referrer_of(found["old"], layer(6)))
    found["proof"] = registry.write_manifest("team/app", referrer_of(found["kept"], layer(7)))
    tag = f"{found['old'].replace(':', '-')}.sig"
    found["signature"] = registry.write_manifest("team/app", referrer_of("", layer(8)), tag)
    age(registry)
    return found


def test_what_expires_goes_with_what_refers_to_it_and_the_rest_stays(registry: Registry) -> None:
    digests, before = filled(with_rules(registry)), state(registry)
    told = registry.done("retention", "--dry-run")
    assert state(registry) == before
    assert {image["digest"]: image["why"] for image in told["images"]} == {
        digests["old"]: "rule old",
        digests["loose"]: "rule untagged",
        digests["sbom"]: f"refers to {digests['old']}, which goes",
        digests["signature"]: f"refers to {digests['old']}, which goes",
    }
    done = registry.done("retention")
    assert (done["images"], done["tags"], done["manifests"]) == (told["images"], 2, 4)
    left = {digest for path, digest in state(registry) if "/revisions/" in path}
    assert left == {digests[name] for name in ("kept", "child", "index", "proof")}
    assert {path for path, _ in before - state(registry)} >= {"team/app/_manifests/tags/dev-1/current/link"}
    assert registry.done("retention")["images"] == []


def test_without_rules_nothing_expires(registry: Registry) -> None:
    refused = registry.run("retention")
    assert (refused.code, refused.error) == (1, "nothing expires in this registry")


def test_a_repository_with_a_manifest_that_cannot_be_read_is_left_as_it_is(registry: Registry) -> None:
    digests, before = filled(with_rules(registry)), state(registry)
    registry.blob(digests["kept"]).write_bytes(b"{}")
    other = registry.write("other/app", "dev", layer(9))
    age(registry)
    done = registry.done("retention")
    assert [image["digest"] for image in done["images"]] == [other.digest]
    assert done["warnings"] == [f"team/app is left as it is: its manifest {digests['kept']} cannot be read"]
    assert state(registry) == before


def test_a_running_registry_serves_what_is_left_and_takes_pushes_again(live: Registry) -> None:
    with_rules(live)
    old, kept = live.push("team/app", "dev-1", layer(1)), live.push("team/app", "v1", layer(2))
    both = live.push("team/app", "dev-2", layer(3))
    age(live)
    again = live.push("team/app", "dev-2", layer(3))
    assert (both.digest, live.pulls(old)) == (again.digest, True)
    done = live.done("retention")
    assert [image["digest"] for image in done["images"]] == [old.digest]
    assert live.pulls(kept)
    assert live.pulls(again)
    assert not live.pulls(old)
    assert live.pulls(live.push("team/app", "dev-1", layer(1)))


@pytest.mark.parametrize("seed", range(3))
def test_killed_anywhere_and_run_again_it_ends_the_same(registry: Registry, seed: int) -> None:
    """The kill comes before some step of a removal; a manifest that lost its tags is still judged by them."""
    with_rules(registry)
    for number in range(300):
        registry.write("team/app", f"dev-{number}", layer(number, 100))
    kept = registry.write("team/app", "v1", layer(99))
    age(registry)
    tags = registry.tree / "repositories/team/app/_manifests/tags"
    places = (registry.etc / "ops.pyz", registry.etc / "config.json", tags)
    command = [sys.executable, "-I", "-c", KILLER, *map(str, places)]
    step = str(random.Random(seed).randrange(1500))
    done = subprocess.run([*command, step], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert 1 < len(os.listdir(tags)) <= 300
    between = state(registry)
    assert len(between) > 2, "nothing was left to do"
    dangling = {d for p, d in between if "/tags/" in p} - {d for p, d in between if "/revisions/" in p}
    assert dangling == set()
    left = {digest for path, digest in between if "/revisions/" in path} - {kept.digest}
    done = registry.done("retention")
    assert {image["digest"] for image in done["images"]} == left
    assert {digest for _, digest in state(registry)} == {kept.digest}


def test_what_a_killed_run_had_begun_is_known_until_its_repository_can_be_read_again(
    registry: Registry,
) -> None:
    """The manifest has lost its tag already: without that knowledge it would be one that never had one, and stay."""
    with_rules(registry)
    old, kept = registry.write("team/app", "dev-1", layer(1)), registry.write("team/app", "v1", layer(2))
    registry.write("other/app", "dev-1", layer(3))
    age(registry)
    settings = load(registry.etc / "config.json")
    plan = _judged(settings, settings.retention, {}, time.time())
    results.remember(settings.state, "retention", begun=plan["going"])
    shutil.rmtree(registry.tree / "repositories/team/app/_manifests/tags/dev-1")
    now = time.time()
    os.utime(
        registry.tree / f"repositories/team/app/_manifests/revisions/{old.digest.replace(':', '/')}",
        (now, now),
    )
    blob = registry.blob(kept.digest)
    content = blob.read_bytes()
    blob.write_bytes(b"{}")
    assert registry.done("retention")["manifests"] == 1
    blob.write_bytes(content)
    assert [image["digest"] for image in registry.done("retention")["images"]] == [old.digest]
    assert results.last(settings.state, "retention")["begun"] == {}


def test_what_is_pushed_again_after_it_was_judged_stays(registry: Registry) -> None:
    with_rules(registry)
    again, old = registry.write("team/app", "dev-1", layer(1)), registry.write("team/app", "dev-2", layer(2))
    moved = registry.write("team/app", "dev-3", layer(3))
    age(registry)
    settings = load(registry.etc / "config.json")
    plan = _judged(settings, settings.retention, {}, time.time())
    assert len(plan["going"]["team/app"]) == 3
    registry.write("team/app", "dev-1", layer(1))
    new = registry.write("team/app", "dev-3", layer(4))
    done = _carry_out(settings, plan["going"])
    assert {entry["digest"] for entry in done["team/app"]} == {old.digest, moved.digest}
    tags = {(path, digest) for path, digest in state(registry) if "/tags/" in path}
    assert {digest for _, digest in tags} == {again.digest, new.digest}
