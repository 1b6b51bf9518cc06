"""Addresses and headers that try to be something else than they look like."""

import pytest

from tests.integration.front.conftest import Front
from tests.support.images import digest_of
from tests.support.wire import receive

pytestmark = pytest.mark.integration

TRICKS = [
    "/v2/pub/../secret/app/{}",
    "/v2/pub/%2e%2e/secret/app/{}",
    "/v2/pub/%2E%2E/secret/app/{}",
    "/v2/pub/.%2e/secret/app/{}",
    "/v2/pub%2f..%2fsecret/app/{}",
    "/v2/pub/..%2fsecret%2fapp/{}",
    "/v2/pub/%252e%252e/secret/app/{}",
    "/v2/pub/app/../../secret/app/{}",
    "/v2/./secret/app/{}",
    "/v2//secret/app/{}",
    "//v2/secret/app/{}",
    "/v2/secret//app/{}",
    "/v2/secret/app//{}",
    "/v2/secret%2fapp/{}",
    "/v2/%73ecret/app/{}",
    "/%76%32/secret/app/{}",
    "/v2/SECRET/app/{}",
    "/V2/secret/app/{}",
    "/v2/secret/app/{}/",
    "/v2/secret/app/{}%0a",
    "/v2/secret/app/{}%0A",
    "/v2/secret/app/{}%00",
    "/v2/secret/app/{}%20",
    "/v2/secret/app/{}%3f",
    "/v2/secret/app/{}%23",
    "/v2/secret/app/{}?x=1",
    "/v2/secret/app/{}#x",
    "/v2/pub\\..\\secret/app/{}",
    "/v2/pub/..\\secret/app/{}",
    "/v2/pub%5c..%5csecret/app/{}",
    "/v2/secret/app;/{}",
    "/v2/pub/app;/../../secret/app/{}",
    "/v2/pub/app%0a/../../secret/app/{}",
    "/v2/pub/x%0a:/secret/app/{}",
    "/v2/x/../v2/secret/app/{}",
    "/healthz/../v2/secret/app/{}",
    "/healthz%2f..%2fv2/secret/app/{}",
    "/healthz//../v2/secret/app/{}",
    "http://elsewhere.example/v2/secret/app/{}",
    "https://localhost/v2/pub/../secret/app/{}",
    "/v2/pub/app/blobs/uploads/../../../../secret/app/{}",
    "/_authorize/../v2/secret/app/{}",
]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("what", ["manifests/1", "tags/list", "blobs/{layer}"])
def test_no_spelling_of_an_address_reads_a_forbidden_repository(front: Front, trick: str, what: str) -> None:
    image = front.images["secret/app"]
    target = trick.format(what.format(layer=image.layer))
    for user, statuses in (("reader", (400, 403, 404)), (None, (400, 401, 404))):
        answer = front.wire(user).ask("GET", target, ("Accept", "*/*"))
        assert answer.status in statuses
        assert image.content not in answer.body
        assert answer.code


@pytest.mark.parametrize("trick", TRICKS)
def test_no_spelling_of_an_address_writes_or_deletes(front: Front, trick: str) -> None:
    image, wire = front.images["secret/app"], front.wire("team")
    for method, what in (
        ("DELETE", f"manifests/{image.digest}"),
        ("DELETE", f"blobs/{image.layer}"),
        ("PUT", "manifests/2"),
    ):
        assert wire.ask(method, trick.format(what), body=b"").status in (400, 403, 404, 405)
    tags = front.wire("admin").ask("GET", "/v2/secret/app/tags/list")
    assert b'["1"]' in tags.body
    assert front.wire("admin").ask("GET", f"/v2/secret/app/blobs/{image.layer}").body == image.content


@pytest.mark.parametrize(
    "target",
    [
        "/_authorize",
        "/_authorize?x",
        "/_blob/{two}/{hexes}/data",
        "/_refused/405",
        "/_refused/503",
        "/%5fblob/{two}/{hexes}/data",
    ],
)
def test_inner_addresses_are_not_there_from_outside(front: Front, target: str) -> None:
    hexes = front.images["secret/app"].layer.removeprefix("sha256:")
    for user in ("admin", "reader", None):
        answer = front.wire(user).ask("GET", target.format(two=hexes[:2], hexes=hexes))
        assert answer.status == 404
        assert answer.code == "NAME_UNKNOWN"


@pytest.mark.parametrize("length", [3000, 9000, 16_000])
def test_a_very_long_address_is_refused_in_json(front: Front, length: int) -> None:
    answer = front.wire("reader").ask("GET", f"/v2/secret/{'a' * length}/tags/list")
    assert answer.status in (400, 403, 414)
    assert answer.code


def test_a_very_deep_name_is_answered_soon(front: Front) -> None:
    """The expression of a name must not take exponential time on a name that almost fits."""
    name = "-".join(["a" * 3] * 600) + "_" * 3
    answer = front.wire("ci").ask("GET", f"/v2/{name}/tags/list")
    assert answer.status == 404


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Verdict", "1")],
        [("X-Verdict", "1"), ("X-Credentials", "0"), ("X-Network", "127.0.0.1")],
        [("X-Original-URL", "/v2/pub/app/tags/list"), ("X-Rewrite-URL", "/v2/pub/app/tags/list")],
        [("X-Original-Method", "GET"), ("X-HTTP-Method-Override", "GET")],
        [("X-Forwarded-User", "admin"), ("Remote-User", "admin"), ("X-Remote-User", "admin")],
        [("X-Accel-Redirect", "/_blob/x"), ("X-Accel-Expires", "1000")],
        [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1;host=evil.example;proto=http")],
        [("Connection", "close, Authorization")],
        [("Cache-Control", "no-cache"), ("Pragma", "no-cache")],
        [("Host", "passwords")],
        [("Host", "registry")],
        [("Host", "evil.example")],
        [("X_Verdict", "1"), ("X-Role", "admin"), ("Role", "admin")],
    ],
    ids=lambda headers: headers[0][0] + "=" + headers[0][1],
)
def test_no_header_of_a_client_changes_what_it_may_do(front: Front, headers: list[tuple[str, str]]) -> None:
    target = "/v2/secret/app/tags/list"
    assert front.wire("reader").ask("GET", target, *headers).status == 403
    assert front.wire("reader", "wrong").ask("GET", target, *headers).status == 401
    assert front.wire().ask("GET", target, *headers).status == 401
    assert (
        front.wire("reader").ask("DELETE", f"/v2/pub/app/manifests/{digest_of(b'')}", *headers).status == 403
    )


@pytest.mark.parametrize(
    "header",
    [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Port", "1"),
        ("Forwarded", "host=evil.example;proto=http"),
        ("Forwarded", 'proto="http";host="evil.example"'),
        ("X-Original-Host", "evil.example"),
    ],
)
def test_no_header_of_a_client_but_host_leads_an_upload_elsewhere(
    front: Front, header: tuple[str, str]
) -> None:
    answer = front.wire("team").ask("POST", "/v2/team/led/blobs/uploads/", header, body=b"")
    assert answer.status == 202
    assert answer.headers["Location"].startswith(f"https://{front.instance.plan.settings.host}/v2/team/led/")


@pytest.mark.parametrize(
    "head",
    [
        "GET /v2/ HTTP/1.1\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET  /v2/ HTTP/9.9\r\nHost: a\r\n\r\n",
        "G\x00T /v2/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v2/\x00secret HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v2/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v2/team/x/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST /v2/team/x/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v2/team/x/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
        "POST /v2/team/x/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: a\r\nX-Long: " + "a" * 60_000 + "\r\n\r\n",
    ],
    ids=range(12),
)
def test_a_broken_request_is_refused_in_json(front: Front, head: str) -> None:
    answer = front.wire().send(head.encode("latin-1"))
    assert 400 <= answer.status < 600
    assert answer.status not in (500, 502, 503)
    assert answer.code


def test_a_request_hidden_behind_another_is_judged_by_itself(front: Front) -> None:
    """Request smuggling: what follows a body is a request of its own, with its own password."""
    wire = front.wire("team")
    authorization = wire.authorization[0][1]
    hidden = "GET /v2/secret/app/tags/list HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    request = (
        f"POST /v2/team/x/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\n"
        f"Content-Length: {len(hidden)}\r\n\r\n{hidden}"
    )
    with wire.connected() as connection:
        connection.sendall((request + hidden).encode())
        assert receive(connection, "POST").status == 202
        assert receive(connection).status == 401
