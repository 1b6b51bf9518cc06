"""What a line of the audit log says."""

import json

import pytest
from dockyard.ops import audit
from dockyard.ops.audit_entry import ACTIONS, action, harmless, parse
from dockyard.ops.errors import OpsError
from dockyard.self_hosted import patterns
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_800_000_000.0
LINE = {
    "time": "2026-11-27T03:24:08+00:00",
    "id": "1",
    "user": "ci",
    "role": "r1",
    "failed_login": False,
    "address": "10.0.0.5",
    "method": "PUT",
    "path": "/v2/team/app/manifests/1",
    "repository": "team/app",
    "reference": "1",
    "digest": "sha256:" + "a" * 64,
    "status": 201,
    "bytes_in": 700,
    "bytes_out": 500,
    "duration": 0.012,
    "tls": "TLSv1.3",
    "agent": "docker",
}


def entry(**changes):
    found = parse(json.dumps({**LINE, **changes}).encode())
    assert found
    return found


def takes(found, **wish):
    return audit.Filter(audit.Wanted(**wish), NOW).takes(found)


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("PUT", "/v2/team/app/manifests/1", 201, "push"),
        ("GET", "/v2/a/b/c/manifests/sha256:ab", 200, "pull"),
        ("HEAD", "/v2/app/manifests/1", 200, "look"),
        ("DELETE", "/v2/app/manifests/1", 202, "delete"),
        ("GET", "/v2/manifests/manifests/manifests", 200, "pull"),
        ("POST", "/v2/app/blobs/uploads/", 202, "upload"),
        ("PATCH", "/v2/app/blobs/uploads/0-1", 202, "upload"),
        ("GET", "/v2/app/blobs/sha256:ab", 206, "download"),
        ("DELETE", "/v2/app/blobs/sha256:ab", 202, "delete"),
        ("GET", "/v2/app/tags/list", 200, "list"),
        ("GET", "/v2/app/referrers/sha256:ab", 200, "list"),
        ("GET", "/v2/_catalog", 200, "list"),
        ("GET", "/v2/", 200, "login"),
        ("GET", "/v2/", 401, "challenge"),
        ("PUT", "/v2/%74eam/app/%6Danifests/1", 201, "push"),
        ("BREW", "/v2/app/manifests/1", 405, "other"),
        ("GET", "/etc/passwd", 404, "other"),
        ("", "", 400, "other"),
    ],
)
def test_an_action_is_told_from_method_path_and_status(method, path, status, expected):
    assert action(method, path, status, False) == expected


def test_a_wrong_password_is_what_it_was_meant_for():
    assert action("GET", "/v2/", 401, True) == "login"
    assert action("PUT", "/v2/app/manifests/1", 401, True) == "push"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_junk_line_is_more_than_unreadable(line):
    found = parse(line)
    assert found is None or found["action"] in ACTIONS


JUNK = st.sampled_from(
    [None, True, -1, 0.5, 1e308, 10**30, float("inf"), float("nan"), "", "x\x1b\ud800", "2026-11-27", [], {}]
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(LINE)), JUNK))
def test_no_field_of_the_wrong_kind_does_any_harm(changes):
    found = parse(json.dumps({**LINE, **changes}).encode())
    if found:
        shown = harmless(found)
        assert all(text.isprintable() for text in shown.values() if isinstance(text, str))
        assert isinstance(takes(found, user="ci", address="10.0.0.0/8", status=["2xx"]), bool)


def test_a_deeply_nested_line_is_unreadable():
    assert parse(b"[" * 100_000) is None


def test_nothing_that_looks_like_a_secret_is_shown():
    shown = harmless(
        entry(
            agent="x Authorization: Basic aGk6aHVudGVyMg== \x1b[31m",
            path="/login?password=hunter2",
            repository="",
        )
    )
    told = json.dumps(shown)
    assert "aGk6" not in told
    assert "hunter2" not in told
    assert "\\u001b" not in told
    assert harmless(entry(repository="token/app", path="/v2/token/app"))["path"] == "/v2/token/app"


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, True),
        ({"user": "ci"}, True),
        ({"user": "c"}, False),
        ({"repository": "team/*"}, True),
        ({"repository": "*"}, False),
        ({"repository": "**"}, True),
        ({"reference": "1"}, True),
        ({"reference": "2"}, False),
        ({"digest": LINE["digest"]}, True),
        ({"address": "10.0.0.0/8"}, True),
        ({"address": "10.0.0.6"}, False),
        ({"address": "::/0"}, False),
        ({"actions": ["push"]}, True),
        ({"actions": ["pull", "delete"]}, False),
        ({"actions": ["all"]}, True),
        ({"status": ["201"]}, True),
        ({"status": ["4xx", "5xx"]}, False),
        ({"failed": True}, False),
        ({"since": "2026-11-27T03:24:08Z"}, True),
        ({"since": "2026-11-27T04:24:09+01:00"}, False),
        ({"until": "2026-11-27 03:24:08"}, False),
        ({"until": "2026-11-28"}, True),
    ],
)
def test_each_filter_holds(wish, expected):
    assert takes(entry(), **wish) is expected


def test_an_action_that_was_refused_is_found_by_its_status_alone():
    refused = entry(status=403)
    assert not takes(refused, actions=["push"])
    assert takes(refused, actions=["push"], status=["4xx"])
    assert takes(refused)


def test_steps_are_shown_where_they_were_refused_or_asked_for():
    step = {"method": "POST", "path": "/v2/team/app/blobs/uploads/"}
    assert not takes(entry(**step, status=202))
    assert takes(entry(**step, status=202), actions=["upload"])
    assert takes(entry(**step, status=403))
    look = {"method": "HEAD", "path": "/v2/team/app/manifests/1"}
    assert not takes(entry(**look, status=404))
    assert takes(entry(**look, status=403))
    challenge = entry(method="GET", path="/v2/", status=401, user="")
    assert not takes(challenge)
    assert takes(challenge, actions=["all"])


def test_a_span_counts_from_now():
    found = entry(time="2027-01-15T08:00:00+00:00")  # NOW
    assert takes(found, since="1s", until="2027-01-15T08:00:01Z")
    assert not takes(found, until="1s")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"since": "yesterday"}, "'yesterday' is neither a time nor a span"),
        ({"until": "3y"}, "'3y' is neither a time nor a span"),
        ({"actions": ["eat"]}, "there is no action 'eat'"),
        ({"status": ["600"]}, "'600' is no status"),
        ({"address": "10.0.0"}, "'10.0.0' is no address"),
        ({"limit": -1}, "the limit must be between 0 and 100000, got -1"),
        ({"follow": True, "limit": 3}, "what is followed has no end"),
    ],
)
def test_what_cannot_be_asked_is_refused(wish, message):
    with pytest.raises(OpsError) as refused:
        takes(entry(), **wish)
    assert refused.value.message == message


def test_an_unknown_wish_is_refused():
    with pytest.raises(OpsError, match="what is wanted cannot be read"):
        audit.wanted('{"colour": "red"}')


PATTERN = st.lists(st.sampled_from(["**", "*", "a*", "a", "a.b", "*-b"]), min_size=1, max_size=4).map(
    "/".join
)
NAME = st.lists(st.sampled_from(["a", "a.b", "axb", "ab-b", "c"]), min_size=1, max_size=4).map("/".join)


@settings(deadline=None)
@given(PATTERN, NAME)
def test_a_pattern_means_what_it_means_for_users(pattern, name):
    assert takes(entry(repository=name), repository=pattern) == patterns.matches(pattern, name)
