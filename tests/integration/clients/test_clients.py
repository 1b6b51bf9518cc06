"""Clients of other people: skopeo, crane and podman log in, push, pull and delete as their users do."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.clients.conftest import PASSWORDS
from tests.support.clients import Client, Crane, Podman, Skopeo
from tests.support.go import built
from tests.support.instance import Instance
from tests.support.layout import PLATFORMS, digests, write_layout

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
CRANE, CRANE_VERSION = "github.com/google/go-containerregistry/cmd/crane", "v0.20.6"
KINDS = {"skopeo": Skopeo, "crane": Crane, "podman": Podman}
MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
WRONG_PASSWORD = re.compile("UNAUTHORIZED|invalid username/password")
NO_RIGHT = re.compile(r"denied|403 (?:Forbidden|\(Forbidden\))")


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(name: str, instance: Instance) -> Iterator[Callable[[str], Client]]:
    """A client that is signed in as a user; a wrong password was refused before. podman takes short paths only."""
    program = str(built(CRANE, CRANE_VERSION)) if name == "crane" else shutil.which(name)
    if not program:
        pytest.skip(f"not installed: {name}")
    if name == "podman" and os.geteuid() != 0:
        pytest.skip("podman without root needs subordinate user ids")

    folders = contextlib.ExitStack()

    def client(user: str) -> Client:
        folder = folders.enter_context(tempfile.TemporaryDirectory(prefix="dockyard-"))
        found = KINDS[name](Path(folder), instance.plan.settings.host, instance.authority, program)
        assert WRONG_PASSWORD.search(found.login(user, "not-the-password", fails=True))
        found.login(user, PASSWORDS[user])
        return found

    with folders:
        yield client


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Images that no other test has pushed."""
    folder = tmp_path / "layout"
    write_layout(folder, str(tmp_path).encode() * 1000)
    return folder


def digest_in(instance: Instance, repository: str, tag: str) -> str:
    with instance.client("admin", PASSWORDS["admin"]) as client:
        answer = client.head(f"/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFESTS})
        return str(answer.headers.get("Docker-Content-Digest", answer.status_code))


def test_images_and_their_index_are_pushed_and_pulled_whole(
    name: str, make: Callable[[str], Client], layout: Path, instance: Instance
) -> None:
    pusher, puller, repository = make("ci"), make("reader"), f"team/{name}"
    for tag in (*PLATFORMS, "multi"):
        pusher.push(layout, tag, f"{repository}:{tag}")
        there = digest_in(instance, repository, tag)
        # podman compresses layers anew.
        assert name == "podman" or there == digests(layout)[tag]
    for tag in PLATFORMS:
        assert puller.pull(f"{repository}:{tag}", tag) == digest_in(instance, repository, tag)
    by_digest = digest_in(instance, repository, "multi")
    assert puller.pull(f"{repository}@{by_digest}", "multi") in (
        by_digest,
        digest_in(instance, repository, "amd64"),
    )


def test_what_has_no_right_is_denied_and_an_admin_deletes(
    name: str, make: Callable[[str], Client], layout: Path, instance: Instance
) -> None:
    ci, reader, repository = make("ci"), make("reader"), f"team/{name}-roles"
    ci.push(layout, "amd64", f"{repository}:1")
    assert NO_RIGHT.search(reader.push(layout, "arm64", f"{repository}:2", fails=True))
    assert NO_RIGHT.search(ci.push(layout, "arm64", f"other/{name}:1", fails=True))
    signature = digest_in(instance, repository, "1").replace(":", "-") + ".sig"
    ci.push(layout, "arm64", f"{repository}:{signature}")
    assert reader.pull(f"{repository}:{signature}", "arm64") == digest_in(instance, repository, signature)
    if isinstance(ci, Podman):
        return  # it has no command that deletes in a registry
    there = digest_in(instance, repository, "1")
    assert NO_RIGHT.search(ci.delete(f"{repository}@{there}", fails=True))
    make("admin").delete(f"{repository}@{there}")
    assert digest_in(instance, repository, "1") == "404"
