"""Challenges and tokens."""

import base64
import json

import httpx
import pytest
from dockyard.doctor import challenge, token
from dockyard.doctor.challenge import Challenge
from dockyard.errors import DockyardError
from hypothesis import given
from hypothesis import strategies as st

BEARER = 'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"'


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (['Basic realm="registry"'], [("basic", {"realm": "registry"})]),
        (["Basic realm=registry"], [("basic", {"realm": "registry"})]),
        (['BASIC realm="a \\"b\\", c"'], [("basic", {"realm": 'a "b", c'})]),
        (["Negotiate"], [("negotiate", {})]),
        (['Negotiate, Basic realm="x"'], [("negotiate", {}), ("basic", {"realm": "x"})]),
        (
            ['Basic realm="x", Bearer realm="y", service="z"'],
            [("basic", {"realm": "x"}), ("bearer", {"realm": "y", "service": "z"})],
        ),
        ([""], []),
    ],
)
def test_challenges_are_read_as_the_rfc_has_them(headers, found):
    assert [tuple(one) for one in challenge.read(headers)] == found


def test_commas_within_quotes_belong_to_the_value():
    (one,) = challenge.read([BEARER])
    assert one.parameters["scope"] == "repository:a/b:pull,push"


def test_tokens_are_preferred():
    assert challenge.choose(challenge.read(['Basic realm="x"', BEARER])).scheme == "bearer"
    assert challenge.choose(challenge.read(["Negotiate"])) is None


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_header_is_read(headers):
    assert isinstance(challenge.read(headers), list)


def test_a_token_is_asked_for_as_docker_does():
    request = token.request(challenge.read([BEARER])[0], "ci", "word")
    assert dict(request.url.params) == {
        "service": "registry.example.com",
        "scope": "repository:a/b:pull,push",
        "account": "ci",
    }
    assert request.headers["Authorization"] == "Basic Y2k6d29yZA=="
    assert "word" not in str(request.url)


@pytest.mark.parametrize(
    "realm", ["", "token", "http://auth.example.com/token", "ftp://a/b", "https://a:port/"]
)
def test_a_realm_to_which_no_password_may_go_is_refused(realm):
    with pytest.raises(DockyardError):
        token.request(Challenge("bearer", {"realm": realm}), "ci", "word")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('{"token": "a"}', "a"),
        ('{"access_token": "b"}', "b"),
        ("<html>", ""),
        ("[]", ""),
        ('{"token": 7}', ""),
    ],
)
def test_the_token_of_an_answer(body, found):
    assert token.of(httpx.Response(200, text=body)) == found


def jwt(**claims: object) -> str:
    return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"nbf": 1000, "exp": 1300}, ""),
        ({"nbf": 1059, "exp": 1300}, ""),
        ({"nbf": 1200, "exp": 1500}, "not valid yet"),
        ({"nbf": 100, "exp": 800}, "has expired"),
        ({"nbf": "soon"}, ""),
        ({}, ""),
    ],
)
def test_a_token_is_judged_by_the_registrys_clock(claims, told):
    late = token.untimely(token.claims(jwt(**claims)), 1000.0)
    assert told in late
    assert bool(told) == bool(late)


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "a.W10.c", "é.é.é"])
def test_a_token_that_is_no_jwt_says_nothing(text):
    assert token.claims(text) == {}
