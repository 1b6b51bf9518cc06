"""Who may do what, who is asked first, and that no name of a repository changes it."""

import pytest

from tests.integration.front.conftest import REPOSITORIES, Front
from tests.support.images import Image, digest_of, push_image
from tests.support.wire import Answer, Wire

pytestmark = pytest.mark.integration

UNKNOWN = digest_of(b"nobody pushed this")
READS, WRITES, DELETES = {"open", "pub"}, {"team"}, {"team"}
ALL = {"open", "pub", "secret", "team"}
RIGHTS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "admin": (ALL, ALL, ALL),
    "ci": (ALL, ALL, set()),
    "reader": ({"open", "pub"}, set(), set()),
    "team": ({"open", "pub", "team"}, {"team"}, {"team"}),
}
"""User to what it may pull, push to and delete from: the first component of the repository's name."""

READING = ("manifests/1", "tags/list", "blobs/{layer}", f"blobs/{UNKNOWN}", f"referrers/{UNKNOWN}")
OTHER_DIGEST = "sha512:" + "0" * 128
WRONG = (
    ("GET", "/v2/"),
    ("GET", "/v2/_catalog"),
    ("GET", "/v2/nothing"),
    ("GET", "/v2/{repository}/manifests/1"),
    ("HEAD", "/v2/{repository}/manifests/1"),
    ("PUT", "/v2/{repository}/manifests/1"),
    ("DELETE", "/v2/{repository}/manifests/{digest}"),
    ("GET", "/v2/{repository}/tags/list"),
    ("GET", "/v2/{repository}/referrers/{digest}"),
    ("GET", "/v2/{repository}/blobs/{layer}"),
    ("HEAD", "/v2/{repository}/blobs/{layer}"),
    ("DELETE", "/v2/{repository}/blobs/{layer}"),
    ("GET", "/v2/{repository}/blobs/" + UNKNOWN),
    ("GET", "/v2/{repository}/blobs/" + OTHER_DIGEST),
    ("POST", "/v2/{repository}/blobs/uploads/"),
    ("POST", "/v2/{repository}/blobs/uploads"),
    ("POST", "/v2/{repository}/blobs/uploads/?from=pub/app&mount={layer}"),
    ("POST", "/v2/{repository}/blobs/uploads/?fr%6fm=pub/app&mount={layer}"),
    ("PATCH", "/v2/{repository}/blobs/uploads/some-session"),
    ("PUT", "/v2/{repository}/blobs/uploads/some-session?digest={layer}"),
    ("DELETE", "/v2/{repository}/blobs/uploads/some-session"),
    ("TRACE", "/v2/{repository}/manifests/1"),
    ("OPTIONS", "/v2/{repository}/manifests/1"),
    ("BREW", "/v2/{repository}/blobs/{layer}"),
)


def filled(path: str, image: Image) -> str:
    return path.format(repository=image.repository, digest=image.digest, layer=image.layer)


def refused(answer: Answer, method: str, status: int, code: str) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        assert answer.code == code


@pytest.mark.parametrize("user", sorted(RIGHTS))
@pytest.mark.parametrize("repository", REPOSITORIES)
@pytest.mark.parametrize("path", READING)
def test_reading_is_for_whoever_may_pull(front: Front, user: str, repository: str, path: str) -> None:
    image = front.images[repository]
    answer = front.wire(user).ask("GET", f"/v2/{repository}/{path.format(layer=image.layer)}")
    if repository.partition("/")[0] in RIGHTS[user][0]:
        assert answer.status in ({404} if UNKNOWN in path else {200, 404})
        assert answer.status == 404 or "blobs" not in path or answer.body == image.content
        assert not ("tags" in path and answer.status == 404)
    else:
        refused(answer, "GET", 403, "DENIED")
        assert image.content not in answer.body


@pytest.mark.parametrize("user", sorted(RIGHTS))
@pytest.mark.parametrize("repository", REPOSITORIES)
def test_pushing_is_for_whoever_may_push(front: Front, user: str, repository: str) -> None:
    wire = front.wire(user)
    start = wire.ask("POST", f"/v2/{repository}/blobs/uploads/", body=b"")
    put = wire.ask("PUT", f"/v2/{repository}/manifests/bad", body=b"no manifest")
    patch = wire.ask("PATCH", f"/v2/{repository}/blobs/uploads/none", body=b"x")
    if repository.partition("/")[0] in RIGHTS[user][1]:
        assert (start.status, put.status) == (202, 400)
        assert patch.status == 404
    else:
        for answer, method in ((start, "POST"), (put, "PUT"), (patch, "PATCH")):
            refused(answer, method, 403, "DENIED")


@pytest.mark.parametrize("user", sorted(RIGHTS))
@pytest.mark.parametrize("repository", REPOSITORIES)
def test_deleting_is_for_whoever_may_delete(front: Front, user: str, repository: str) -> None:
    wire = front.wire(user)
    for what in ("manifests", "blobs"):
        answer = wire.ask("DELETE", f"/v2/{repository}/{what}/{UNKNOWN}")
        if repository.partition("/")[0] in RIGHTS[user][2]:
            assert answer.status == 404
        else:
            refused(answer, "DELETE", 403, "DENIED")


@pytest.mark.parametrize("user", sorted(RIGHTS))
def test_the_catalog_is_for_admins(front: Front, user: str) -> None:
    answer = front.wire(user).ask("GET", "/v2/_catalog?n=1")
    assert answer.status == (200 if user == "admin" else 403)


@pytest.mark.parametrize("user", sorted(RIGHTS))
def test_whoever_signs_in_may_ask_whether_it_has(front: Front, user: str) -> None:
    assert front.wire(user).ask("GET", "/v2/").status == 200


@pytest.mark.parametrize(("method", "path"), WRONG)
@pytest.mark.parametrize("repository", ["open/app", "secret/app"])
def test_a_wrong_password_is_401_whatever_was_asked(
    front: Front, method: str, path: str, repository: str
) -> None:
    image = front.images[repository]
    for user, password in (
        ("admin", "wrong"),
        ("reader", ""),
        ("nobody", "admin-secret-1"),
        ("ADMIN", "admin-secret-1"),
    ):
        answer = front.wire(user, password).ask(method, filled(path, image), body=b"")
        # NGINX itself never passes TRACE on.
        status = 405 if method == "TRACE" else 401
        assert answer.status == status, user
        assert image.content not in answer.body
        if status == 401:
            refused(answer, method, 401, "UNAUTHORIZED")
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="registry"'
            assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path in WRONG if method != "TRACE"])
def test_without_a_password_all_is_401_outside_anonymous_repositories(
    front: Front, method: str, path: str
) -> None:
    answer = front.wire().ask(method, filled(path, front.images["secret/app"]), body=b"")
    refused(answer, method, 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "authorization", ["", "Basic", "Basic !!!", "Bearer abc", "Basic YWRtaW4=", "Basic Og==", "Digest x"]
)
def test_half_a_login_is_401(front: Front, authorization: str) -> None:
    answer = front.wire().ask("GET", "/v2/secret/app/tags/list", ("Authorization", authorization))
    refused(answer, "GET", 401, "UNAUTHORIZED")


def test_two_logins_in_one_request_open_nothing(front: Front) -> None:
    good, bad = front.wire("admin").authorization[0], front.wire("admin", "wrong").authorization[0]
    for headers in ((good, bad), (bad, good)):
        assert front.wire().ask("GET", "/v2/secret/app/tags/list", *headers).status in (400, 401)


def test_anonymous_clients_read_anonymous_repositories_and_do_nothing_else(front: Front) -> None:
    image, wire = front.images["open/app"], front.wire()
    assert wire.ask("GET", f"/v2/open/app/blobs/{image.layer}").body == image.content
    assert wire.ask("GET", "/v2/open/app/tags/list").status == 200
    for method, path in WRONG:
        if method in ("PUT", "POST", "PATCH", "DELETE"):
            assert wire.ask(method, filled(path, image), body=b"").status == 401, (method, path)
    assert wire.ask("GET", "/v2/open/more/deep/tags/list").status == 401
    assert wire.ask("GET", "/v2/").status == 401, "a client decides by this whether to sign in"


def test_a_digest_alone_opens_nothing(front: Front) -> None:
    secret = front.images["secret/app"]
    for repository, user in (("open/app", None), ("pub/app", "reader"), ("team/app", "team")):
        answer = front.wire(user).ask("GET", f"/v2/{repository}/blobs/{secret.layer}")
        assert answer.status == 404
        assert answer.code == "BLOB_UNKNOWN"
        by_digest = front.wire(user).ask("GET", f"/v2/{repository}/manifests/{secret.digest}")
        assert by_digest.status == 404


@pytest.mark.parametrize(
    "name",
    [
        "manifests",
        "blobs",
        "uploads",
        "tags",
        "list",
        "team/manifests/x",
        "blobs/uploads",
        "a/blobs/uploads",
        "a/tags/list",
        "tags/list",
    ],
)
def test_repositories_named_like_the_protocol_s_own_words_keep_their_rules(front: Front, name: str) -> None:
    with front.instance.client("ci") as client:
        image = push_image(client, name, "list", name.encode() * 50)
    paths = (f"manifests/{image.digest}", "manifests/list", "tags/list", f"blobs/{image.layer}")
    for path in paths:
        assert front.wire("reader").ask("GET", f"/v2/{name}/{path}").status == 403
        assert front.wire().ask("GET", f"/v2/{name}/{path}").status == 401
    assert front.wire("ci").ask("GET", f"/v2/{name}/blobs/{image.layer}").body == image.content
    assert front.wire("ci").ask("GET", f"/v2/{name}/tags/list").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "pub/x/manifests/../secret",
        "secret/app/pub/x",
        "pub/app/blobs/uploads/../../../../secret/app/tags/list",
    ],
)
def test_a_longer_path_is_not_read_as_a_shorter_one(front: Front, path: str) -> None:
    wire: Wire = front.wire("reader")
    assert wire.ask("GET", f"/v2/{path}/tags/list").status in (403, 404)


def test_the_catalog_cannot_be_asked_for_as_a_repository(front: Front) -> None:
    for path in (
        "/v2/_catalog/",
        "/v2//_catalog",
        "/v2/%5Fcatalog",
        "/v2/_catalog?n=1",
        "/v2/_CATALOG",
        "/v2/x/../_catalog",
    ):
        answer = front.wire("ci").ask("GET", path)
        assert answer.status in (403, 404), path
        assert b"repositories" not in answer.body
