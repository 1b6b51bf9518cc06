"""Retention on real stores: what goes, what stays, and that a kill or a push changes nothing of it."""

import json
import os
import random
import time

import pytest

from tests.integration.ops.test_drill import index_of, layer, referrer_of
from tests.support.operations import Registry

pytestmark = pytest.mark.integration
LONG_AGO = 40 * 86400.0
RULES = {"keep_tags": ["v*"], "rules": {"old": {"tags": ["dev*"], "older_than_days": 30}}}


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
    """The kill comes when so many of the links have gone; a manifest that lost its tags is still judged by them."""
    with_rules(registry)
    for number in range(60):
        registry.write("team/app", f"dev-{number}", layer(number, 100))
    kept = registry.write("team/app", "v1", layer(99))
    age(registry)
    before = state(registry)
    goal = random.Random(seed).randrange(1, 100)
    process = registry.start("retention")
    while process.poll() is None and len(before - state_or(before, registry)) < goal:
        pass
    process.kill()
    process.communicate()
    between = state(registry)
    dangling = {d for p, d in between if "/tags/" in p} - {d for p, d in between if "/revisions/" in p}
    assert dangling == set()
    assert registry.done("retention")["manifests"] <= 60
    assert {digest for _, digest in state(registry)} == {kept.digest}


def state_or(otherwise: set[tuple[str, str]], registry: Registry) -> set[tuple[str, str]]:
    """A link may go between its listing and its reading: look again then."""
    try:
        return state(registry)
    except FileNotFoundError:
        return otherwise
