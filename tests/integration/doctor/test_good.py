"""A registry with which nothing is wrong: every check says so, and nothing is left in it."""

from pathlib import Path

import pytest
from dockyard.doctor import probe
from dockyard.doctor.target import Target

from tests.integration.doctor.conftest import look, target_of, wrong
from tests.support.faulty import Authority, bare_registry, proxy
from tests.support.instance import Instance

pytestmark = pytest.mark.integration


def store_files(instance: Instance) -> set[str]:
    """Tags, manifests and uploads that stand in the store; not one that has only begun, which the registry purges by its start."""
    tree = Path(instance.plan.paths.store) / "docker/registry/v2/repositories"
    wanted = ("_manifests/tags/", "_manifests/revisions/", "_uploads/")
    purged = {path.parent for path in tree.rglob("startedat") if path.read_text()}
    files = (path for path in tree.rglob("*") if path.is_file() and not purged & set(path.parents))
    return {name for file in files if any(part in (name := str(file.relative_to(tree))) for part in wanted)}


def test_a_good_registry_is_well_and_a_probe_leaves_nothing_in_it(instance: Instance) -> None:
    before = store_files(instance)
    target = target_of(instance, "ci", users={"admin": "admin-secret-1"}, image="pub/app:1.2.0")
    found = look(target, with_probe=True)
    assert wrong(found) == set()
    for name in (
        "dns",
        "connect",
        "tls",
        "certificate dates",
        "certificate name",
        "certificate chain",
        "registry",
    ):
        assert found[name].status == "ok", found[name]
    for name in (
        "clock skew",
        "upload size",
        "challenge",
        "login",
        "image",
        "image name",
        "upload",
        *probe.STEPS,
    ):
        assert found[name].status == "ok", found[name]
    assert store_files(instance) == before


def test_an_admin_sees_the_catalog_and_who_may_not_is_told_so(instance: Instance) -> None:
    assert "pub/app" in look(target_of(instance, "admin"))["catalog"].evidence
    shut = look(target_of(instance, "ci"))["catalog"]
    assert (shut.status, "403" in shut.evidence) == ("skipped", True)


def test_without_a_login_what_needs_one_is_skipped(instance: Instance) -> None:
    found = look(target_of(instance, username="", password=""), with_probe=False)
    assert wrong(found) == set()
    assert found["login"].status == "skipped"
    assert found["login"].hint.endswith("--username USER --password-stdin")


def test_a_registry_of_others_behind_a_good_proxy_is_well(
    bare: int, authority: Authority, tmp_path: Path
) -> None:
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "localhost")) as port:
        found = look(Target("localhost", port, authority=authority.pem), with_probe=True)
    assert wrong(found) == set()
    assert found["upload"].evidence == "begins, and goes on at the same address"
    assert found[probe.STEPS[-1]].status == "ok"


def test_a_registry_that_deletes_nothing_says_what_a_probe_leaves_behind(
    authority: Authority, tmp_path: Path
) -> None:

    with bare_registry(tmp_path, deletes=False) as port:
        found = look(Target("127.0.0.1", port, plain=True), with_probe=True)
    left = found["probe: delete"]
    assert (left.status, "deletes nothing (405)" in left.evidence) == ("warning", True)
    assert left.hint.startswith(f"skopeo delete docker://127.0.0.1:{port}/dockyard/smoke-test@sha256:")
    assert wrong(found) == {"probe: delete"}
