"""What clients are promised, wherever and by whatever the registry is run."""

import os

import pytest

from tests.support.deployed import Deployed
from tests.support.images import MANIFEST

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_who_has_the_right_password_signs_in_and_nobody_else(lab: Deployed) -> None:
    for user in ("admin", "ci", "reader", "team"):
        with lab.client(user) as right, lab.client(user, "wrong") as wrong:
            assert right.get("/v2/").status_code == 200, user
            assert wrong.get("/v2/").status_code == 401, user
    with lab.client() as nobody, lab.client("stranger", "") as stranger:
        assert nobody.get("/v2/").status_code == 401
        assert stranger.get("/v2/").status_code == 401


def test_what_was_pushed_comes_back_byte_for_byte_by_tag_and_by_digest(lab: Deployed) -> None:
    image = lab.push("team/app", "v1", os.urandom(3 << 20))
    with lab.client("ci") as client:
        assert client.get("/v2/team/app/tags/list").json()["tags"] == ["v1"]
        by_tag, by_digest = (
            client.get(f"/v2/team/app/manifests/{reference}", headers={"Accept": MANIFEST})
            for reference in ("v1", image.digest)
        )
        assert by_tag.headers["Docker-Content-Digest"] == image.digest
        assert by_tag.content == by_digest.content
        assert image.layer in by_tag.text
        assert client.get(f"/v2/team/app/blobs/{image.layer}").content == image.content


def test_everybody_may_do_what_the_role_says_and_no_more(lab: Deployed) -> None:
    lab.push("pub/base", "v1", b"for all")
    with lab.client("reader") as reader, lab.client("team") as team, lab.client() as nobody:
        assert reader.get("/v2/pub/base/tags/list").status_code == 200
        assert reader.get("/v2/team/app/tags/list").status_code == 403
        assert reader.post("/v2/pub/base/blobs/uploads/").status_code == 403
        assert reader.delete("/v2/pub/base/manifests/v1").status_code == 403
        assert team.post("/v2/team/mine/blobs/uploads/").status_code == 202
        assert team.post("/v2/pub/base/blobs/uploads/").status_code == 403
        for method, path in (("GET", "manifests/v1"), ("GET", "tags/list"), ("POST", "blobs/uploads/")):
            assert nobody.request(method, f"/v2/pub/base/{path}").status_code == 401
    for user, status in (("admin", 200), ("ci", 403), ("reader", 403), ("team", 403)):
        with lab.client(user) as client:
            assert client.get("/v2/_catalog").status_code == status, user


@pytest.mark.parametrize("spelling", ["from", "FROM", "fr%6fm"])
def test_no_mount_brings_a_foreign_blob(lab: Deployed, spelling: str) -> None:
    secret = lab.push("secret/app", "v1", f"not for everybody, not by {spelling}".encode()).layer
    with lab.client("team") as team:
        answer = team.post(f"/v2/team/app/blobs/uploads/?mount={secret}&{spelling}=secret/app")
        assert answer.status_code in (202, 403)
        assert team.get(f"/v2/team/app/blobs/{secret}").status_code == 404
        assert team.get(f"/v2/secret/app/blobs/{secret}").status_code == 403
