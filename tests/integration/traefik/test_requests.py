"""Who may do what behind Traefik, and requests that try to do more."""

import json
import socket
import ssl

import pytest

from tests.support.composed import Composed
from tests.support.images import digest_of
from tests.support.wire import Answer, Wire, basic

pytestmark = [
    pytest.mark.integration,
    pytest.mark.traefik,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("traefik"),
]
NOBODY, USERS = None, ("admin", "ci", "reader", "team")
BLOB = digest_of(b"of a role")
REQUESTS = {
    "sign in": ("GET", "/v2/"),
    "pull": ("GET", f"/v2/role/app/blobs/{BLOB}"),
    "look": ("HEAD", f"/v2/role/app/blobs/{BLOB}"),
    "list": ("GET", "/v2/role/app/tags/list"),
    "start": ("POST", "/v2/role/app/blobs/uploads/"),
    "bytes": ("PATCH", "/v2/role/app/blobs/uploads/no-upload"),
    "end": ("PUT", f"/v2/role/app/blobs/uploads/no-upload?digest={BLOB}"),
    "state": ("GET", "/v2/role/app/blobs/uploads/no-upload"),
    "cancel": ("DELETE", "/v2/role/app/blobs/uploads/no-upload"),
    "manifest": ("PUT", "/v2/role/app/manifests/v2"),
    "delete": ("DELETE", "/v2/role/app/manifests/" + digest_of(b"no manifest")),
    "delete blob": ("DELETE", "/v2/role/app/blobs/" + digest_of(b"no blob")),
    "catalog": ("GET", "/v2/_catalog"),
}
PULL = {"sign in", "pull", "look", "list"}
PUSH = PULL | {"start", "bytes", "end", "state", "cancel", "manifest"}
DELETE = PULL | {"delete", "delete blob"}
MAY = {"admin": set(REQUESTS), "ci": PUSH, "reader": PULL, "team": DELETE}
METHODS = ["OPTIONS", "TRACE", "PURGE", "PROPFIND", "MOVE", "LINK", "get", "Post", "PATCHED", "X"]
TRICKS = [
    "/v2//role/app/{}",
    "//v2/role/app/{}",
    "/v2/./role/app/{}",
    "/v2/x/../role/app/{}",
    "/v2/x/%2e%2e/role/app/{}",
    "/v2/role%2fapp/{}",
    "/v2/role%5capp/{}",
    "/v2/%72ole/app/{}",
    "/%76%32/role/app/{}",
    "/v2/role/app/%6danifests/../{}",
    "/v2/role/app/{}/",
    "/v2/role/app/{}?x=1",
    "/v2/role/app/{}%00",
    "/v2/role/app/{}%3f",
    "/v2/role/app/{}%23",
    "/v2/role/app;/{}",
    "/healthz/../v2/role/app/{}",
    "/healthz%2f..%2fv2/role/app/{}",
    "http://elsewhere.example/v2/role/app/{}",
    "/v2/_catalog/../role/app/{}",
    "/v2/role/app/blobs/uploads/../../{}",
]
CATALOGS = [
    "/v2/_catalog",
    "/v2/%5fcatalog",
    "/v2//_catalog",
    "/v2/_catalog/",
    "/v2/x/../_catalog",
    "//v2/_catalog",
]
CATALOGS += ["/v2/_catalog?n=1", "/v2/_catalog%3fn=1", "/V2/_catalog", "/healthz/../v2/_catalog"]
FORGED = [
    [("X-Dockyard-User", "admin")],
    [("x-dockyard-user", "admin"), ("X-DOCKYARD-USER", "admin")],
    [("X_Dockyard_User", "admin")],
    [("X-Dockyard-User", "admin"), ("Connection", "X-Dockyard-User")],
    [("X-Dockyard-User", "reader\tadmin")],
    [("X-Forwarded-User", "admin"), ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-Uri", "/v2/")],
    [("Authorization", basic("admin", "wrong"))],
]


def wire(lab: Composed, user: str | None) -> Wire:
    return Wire(lab.instance, user)


@pytest.fixture(autouse=True)
def image(lab: Composed, _on_the_host: None) -> None:
    lab.push("role/app", "v1", b"of a role")


@pytest.mark.parametrize("user", USERS)
def test_each_role_may_do_its_own_and_is_told_so_where_it_may_not(lab: Composed, user: str) -> None:
    for name, (method, target) in REQUESTS.items():
        status = (
            wire(lab, user)
            .ask(method, target, body=b"" if method in ("POST", "PATCH", "PUT") else None)
            .status
        )
        assert (status != 403) == (name in MAY[user]), (name, status)
        assert status not in (401, 500, 502), (name, status)


def test_nobody_may_do_anything_and_is_asked_for_a_password(lab: Composed) -> None:
    for method, target in REQUESTS.values():
        answer = wire(lab, NOBODY).ask(method, target, body=b"")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="registry"'
        assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("password", ["", "wrong", "reader-secret-3 ", "READER-SECRET-3"])
def test_another_password_is_none(lab: Composed, password: str) -> None:
    assert Wire(lab.instance, "reader", password).ask("GET", "/v2/").status == 401


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("user", ["reader", "admin"])
def test_a_method_that_is_not_listed_is_refused(lab: Composed, user: str, method: str) -> None:
    for target in ("/v2/", "/v2/role/app/manifests/v1", "/v2/role/app/blobs/uploads/", "/v2/_catalog"):
        assert wire(lab, user).ask(method, target).status in (400, 403, 405, 501)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_spelling_of_an_address_writes_or_deletes(lab: Composed, trick: str) -> None:
    for method, what in (
        ("DELETE", f"blobs/{BLOB}"),
        ("DELETE", "manifests/v1"),
        ("PUT", "manifests/v2"),
        ("POST", "blobs/uploads/"),
    ):
        assert wire(lab, "reader").ask(method, trick.format(what), body=b"").status in (
            301,
            400,
            403,
            404,
            405,
        )
        assert wire(lab, NOBODY).ask(method, trick.format(what), body=b"").status in (301, 400, 401, 404, 405)
    assert json.loads(wire(lab, "ci").ask("GET", "/v2/role/app/tags/list").body)["tags"] == ["v1"]
    assert wire(lab, "ci").ask("GET", f"/v2/role/app/blobs/{BLOB}").status == 200


@pytest.mark.parametrize("target", CATALOGS)
def test_no_spelling_of_the_catalog_tells_a_user_what_there_is(lab: Composed, target: str) -> None:
    for user in ("ci", "reader", NOBODY):
        answer = wire(lab, user).ask("GET", target)
        assert answer.status in (301, 400, 401, 403, 404)
        assert b"repositories" not in answer.body


@pytest.mark.parametrize("headers", FORGED)
def test_nobody_becomes_somebody_else_by_a_header(lab: Composed, headers: list[tuple[str, str]]) -> None:
    for user in ("reader", NOBODY):
        for method, target in (REQUESTS["delete"], REQUESTS["catalog"], REQUESTS["start"]):
            assert wire(lab, user).ask(method, target, *headers, body=b"").status in (400, 401, 403)


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost", "127.0.0.1:1", "a" * 300, "[::1]"])
def test_whatever_host_is_asked_for_the_same_rules_hold(lab: Composed, host: str) -> None:
    for user, status in (("reader", 403), (NOBODY, 401)):
        assert wire(lab, user).ask("DELETE", REQUESTS["delete"][1], ("Host", host)).status == status


def test_credentials_in_the_address_are_none(lab: Composed) -> None:
    for target in ("/v2/?user=admin&password=admin-secret-1", "http://admin:admin-secret-1@localhost/v2/"):
        assert wire(lab, NOBODY).ask("GET", target).status in (400, 401)


@pytest.mark.parametrize(
    "smuggled",
    [
        "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n{auth}\r\n0\r\n\r\n{second}",
        "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 90\r\n{auth}\r\n{second}",
        "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n{auth}\r\n0\r\n\r\n{second}",
        "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n{auth}\r\n0\r\n\r\n{second}",
        "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX: 1\n{auth}\r\n{second}",
    ],
)
def test_a_second_request_in_the_first_has_the_rights_of_its_own_user(lab: Composed, smuggled: str) -> None:
    second = f"DELETE /v2/role/app/blobs/{BLOB} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    authorization = f"Authorization: {basic('reader', 'reader-secret-3')}\r\n"
    text = smuggled.format(auth=authorization, second=second)
    with wire(lab, NOBODY).connected() as connection:
        connection.sendall(text.encode())
        connection.settimeout(30)
        answered = b""
        while part := connection.recv(65536):
            answered += part
    assert b"HTTP/1.1 202" not in answered
    assert wire(lab, "ci").ask("GET", f"/v2/role/app/blobs/{BLOB}").status == 200


def test_a_mount_brings_what_its_user_may_pull_anyway(lab: Composed) -> None:
    answer = wire(lab, "ci").ask(
        "POST", f"/v2/role/mounted/blobs/uploads/?mount={BLOB}&from=role/app", body=b""
    )
    assert answer.status == 201
    for user in ("reader", "team"):
        again = wire(lab, user).ask(
            "POST", f"/v2/role/mine/blobs/uploads/?mount={BLOB}&from=role/app", body=b""
        )
        assert again.status == 403


def test_tls_is_of_today_and_the_protocol_is_http_1(lab: Composed) -> None:
    context = ssl.create_default_context(cafile=str(lab.instance.authority))
    context.set_alpn_protocols(["h2", "http/1.1"])
    place = ("127.0.0.1", lab.plan.settings.port)
    with (
        socket.create_connection(place, 30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert (connection.version(), connection.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
    for options in (("-tls1_1",), ("-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0")):
        asked = ("openssl", "s_client", "-connect", f"localhost:{place[1]}", *options)
        assert lab.run(*asked).returncode, options


def test_uploads_are_sent_to_the_address_that_was_asked(lab: Composed) -> None:
    forged = [("Forwarded", "host=evil.example;proto=http"), ("X-Forwarded-Host", "evil.example")]
    answer: Answer = wire(lab, "ci").ask("POST", "/v2/role/app/blobs/uploads/", *forged, body=b"")
    assert answer.status == 202
    assert answer.headers["Location"].startswith(f"{lab.instance.url}/v2/role/app/blobs/uploads/")


def test_health_is_told_to_everybody_and_no_more(lab: Composed) -> None:
    assert wire(lab, NOBODY).ask("GET", "/healthz").status == 200
    assert wire(lab, NOBODY).ask("GET", "/healthz?x=/../v2/_catalog").body in (b"{}", b"")
    for method in ("POST", "PUT", "DELETE"):
        assert wire(lab, "admin").ask(method, "/healthz", body=b"").status == 404
    for target in ("/", "/dashboard/", "/api/rawdata", "/ping", "/metrics", "/debug/vars", "/generation/x"):
        assert wire(lab, "admin").ask("GET", target).status == 404
