"""What clients print, and what it means."""

import pytest
from dockyard.doctor import explain
from hypothesis import given
from hypothesis import strategies as st

SAID = [
    ('Get "https://r.example.com/v2/": http: server gave HTTP response to HTTPS client', "server gave HTTP"),
    ("x509: certificate signed by unknown authority", "x509: certificate signed by unknown"),
    (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026",
        "has expired",
    ),
    ("x509: certificate is valid for a.example.com, not b.example.com", "is valid for"),
    ("token not to be used before 2026-01-01 - currently 2025-12-31", "token is not valid yet"),
    ("no basic auth credentials", "no basic auth"),
    ("toomanyrequests: You have reached your pull rate limit.", "toomanyrequests"),
    (
        "error parsing HTTP 413 response body: invalid character '<' looking for beginning of value",
        "invalid character",
    ),
    ("error parsing HTTP 413 response body: invalid character '<' looking for beginning of value", "413"),
    ("manifest for r.example.com/app:1 not found: manifest unknown: manifest unknown", "manifest unknown"),
    ("denied: requested access to the resource is denied", "denied"),
    ("unauthorized: authentication required", "unauthorized"),
    ("blob upload unknown to registry", "blob upload unknown"),
    ("unknown blob", "unknown blob"),
    ("write /var/lib/registry/x: no space left on device", "no space left"),
    ("dial tcp 10.0.0.1:443: connect: connection refused", "connection refused"),
    ("dial tcp 10.0.0.1:443: i/o timeout", "i/o timeout"),
    ("dial tcp: lookup r.example.com on 10.0.0.2:53: no such host", "no such host"),
    ("lookup r.example.com on 10.0.0.2:53: server misbehaving", "server misbehaving"),
    ('Put "https://r.example.com/v2/app/blobs/uploads/1": EOF', "EOF"),
    ("received unexpected HTTP status: 502 Bad Gateway", "502"),
    (
        "failed to do request: Head https://r.example.com/v2/app/manifests/1: dial tcp: no route to host",
        "no route",
    ),
]


@pytest.mark.parametrize(("text", "says"), SAID, ids=[says for _, says in SAID])
def test_what_clients_print_is_known(text, says):
    found = explain.explain(f"Error response from daemon: {text}")
    assert any(says in meaning.says for meaning in found), found


def test_an_unknown_upload_is_not_taken_for_an_unknown_blob():
    assert [meaning.says for meaning in explain.explain("blob upload unknown")] == ["blob upload unknown"]


def test_every_entry_has_its_own_words_and_something_to_type():
    for pattern, meaning in explain.known():
        assert pattern.search(meaning.says), meaning
        assert meaning.cause
        assert meaning.next


def test_a_text_over_several_lines_is_one_text():
    assert explain.explain("certificate signed by\n   unknown authority")


def test_the_host_of_the_text_stands_in_the_command():
    (found,) = explain.explain(
        'Get "https://r.example.com:5000/v2/": x509: certificate signed by unknown authority'
    )
    assert found.next == "dockyard doctor --registry r.example.com:5000"


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    assert isinstance(explain.explain(text), list)
