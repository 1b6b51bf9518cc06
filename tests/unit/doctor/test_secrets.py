"""Nothing that is shown of a request lets anybody in, or steers a terminal."""

import httpx
import pytest
from dockyard.doctor import exchange, mask
from dockyard.doctor.exchange import Exchange
from dockyard.doctor.login import Login
from dockyard.doctor.target import Target

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Basic Y2k6c2VjcmV0", "Basic ***"),
        ("authorization", f"Bearer {JWT}", "Bearer ***"),
        ("Proxy-Authorization", "Y2k6c2VjcmV0", "***"),
        ("Set-Cookie", "session=abc; Path=/", "***"),
        ("X-Other", JWT, "***"),
        (
            "Location",
            "https://a/v2/x/uploads/1?_state=abc&digest=sha256:1",
            "https://a/v2/x/uploads/1?_state=***&digest=sha256:1",
        ),
        ("Date", "today", "today"),
        ("Server", "a\x1b[2J", "a [2J"),
    ],
)
def test_headers_are_masked(name, value, shown):
    assert mask.header(name, value) == shown


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('{"token": "abc.def", "expires_in": 300}', "abc.def"),
        ('{"access_token":"abcdef"}', "abcdef"),
        ('{"refresh_token": "abc\\"def"}', "abc"),
        ('{"token": "cut off in the mid', "cut off"),
        (f"<html>{JWT}</html>", JWT),
    ],
)
def test_bodies_are_masked(text, hidden):
    assert hidden not in mask.body(text)
    assert mask.HIDDEN in mask.body(text)


@pytest.mark.parametrize(
    "address",
    [
        "https://ci:word@a/v2/",
        "https://s3/x?X-Amz-Signature=word",
        "https://a/token?key=word&service=b",
        "https://[word",
    ],
)
def test_addresses_are_masked(address):
    assert "word" not in mask.address(address)


def test_a_trace_is_as_people_know_it():
    kept = Exchange(
        "GET",
        "https://a/v2/",
        [("authorization", "Basic ***")],
        "TLSv1.3",
        401,
        "Unauthorized",
        [("date", "x")],
    )
    assert exchange.shown(kept) == [
        "> GET https://a/v2/",
        "> authorization: Basic ***",
        "* TLSv1.3",
        "* first byte after 0 ms",
        "< 401 Unauthorized",
        "< date: x",
    ]


@pytest.mark.parametrize(
    ("status", "signed", "failed"),
    [(200, True, False), (401, False, False), (401, True, True), (404, False, True)],
)
def test_being_asked_to_sign_in_is_no_failure(status, signed, failed):
    headers = [("authorization", "Basic ***")] if signed else []
    assert Exchange("GET", "https://a/v2/", headers, status=status).failed is failed


def flow(login: Login, url: str, asked: str) -> list[httpx.Request]:
    """What is sent where every answer is 401 with this challenge."""
    sent = []
    running = login.sync_auth_flow(httpx.Request("GET", url))
    request = next(running)
    while True:
        sent.append(httpx.Request(request.method, request.url, headers=request.headers))
        try:
            request = running.send(httpx.Response(401, headers={"WWW-Authenticate": asked}, request=request))
        except StopIteration:
            return sent


@pytest.mark.parametrize(
    "url", ["https://other.example.com/v2/", "http://a.example.com/v2/", "https://a.example.com:444/v2/"]
)
def test_a_login_goes_to_its_registry_alone(url):
    sent = flow(Login(Target("a.example.com", username="ci", password="word")), url, 'Basic realm="x"')
    assert [request.headers.get("Authorization") for request in sent] == [None]


def test_a_login_that_is_refused_is_not_repeated():
    sent = flow(
        Login(Target("a.example.com", username="ci", password="word")),
        "https://a.example.com/v2/",
        'Basic realm="x"',
    )
    assert [request.headers.get("Authorization") for request in sent] == [None, "Basic Y2k6d29yZA=="]
