"""Lines of Traefik's access log, read as those of the audit log are."""

import json
from typing import Any

import pytest
from dockyard.ops.audit_entry import parse

DIGEST = "sha256:" + "a" * 64
LINE: dict[str, Any] = {
    "ClientHost": "10.9.7.2",
    "DownstreamContentSize": 34,
    "DownstreamStatus": 201,
    "Duration": 12_500_000,
    "RequestContentSize": 489,
    "RequestMethod": "PUT",
    "RequestPath": "/v2/team/app/manifests/v1",
    "RouterName": "push@file",
    "StartUTC": "2026-11-27T07:33:12.123456789Z",
    "TLSVersion": "1.3",
    "level": "info",
    "msg": "",
    "request_User-Agent": "skopeo/1.9",
    "request_X-Dockyard-User": "ci",
    "time": "2026-11-27T07:33:12Z",
}


def read(**changes: Any) -> dict[str, Any]:
    found = parse(json.dumps({**LINE, **changes}).encode())
    assert found is not None
    return found


def test_a_push_is_told_as_any_other() -> None:
    assert read() == {
        "time": "2026-11-27T07:33:12.123456789Z",
        "id": "",
        "user": "ci",
        "role": "",
        "address": "10.9.7.2",
        "method": "PUT",
        "path": "/v2/team/app/manifests/v1",
        "repository": "team/app",
        "reference": "v1",
        "digest": "",
        "tls": "1.3",
        "agent": "skopeo/1.9",
        "status": 201,
        "bytes_in": 489,
        "bytes_out": 34,
        "duration": 0.0125,
        "failed_login": False,
        "action": "push",
    }


@pytest.mark.parametrize(
    ("path", "method", "repository", "reference", "digest", "action"),
    [
        (f"/v2/a/b/blobs/{DIGEST}", "GET", "a/b", "", DIGEST, "download"),
        (f"/v2/a/manifests/{DIGEST}", "DELETE", "a", DIGEST, DIGEST, "delete"),
        ("/v2/a/tags/list", "GET", "a", "", "", "list"),
        ("/v2/a/blobs/uploads/", "POST", "a", "", "", "upload"),
        ("/v2/a/b/blobs/uploads/1-2?_state=x", "PATCH", "a/b", "", "", "upload"),
        ("/v2/_catalog", "GET", "", "", "", "list"),
        ("/v2/", "GET", "", "", "", "login"),
    ],
)
def test_an_address_says_what_was_done(
    path: str, method: str, repository: str, reference: str, digest: str, action: str
) -> None:
    found = read(RequestPath=path, RequestMethod=method)
    assert (found["repository"], found["reference"], found["digest"]) == (repository, reference, digest)
    assert found["action"] == action
    assert "_state" not in found["path"]


@pytest.mark.parametrize("status", [401, 429])
def test_a_name_of_somebody_who_has_not_signed_in_is_not_told(status: int) -> None:
    assert read(DownstreamStatus=status)["user"] == ""
    assert read(DownstreamStatus=404, RouterName=None)["user"] == "", "no router has asked who it is"


def test_a_failed_sign_in_had_a_password() -> None:
    asked, failed = read(DownstreamStatus=401), read(DownstreamStatus=401, request_Authorization="REDACTED")
    assert (asked["failed_login"], asked["action"]) == (False, "challenge")
    assert (failed["failed_login"], failed["action"]) == (
        True,
        "login" if failed["path"] == "/v2/" else "push",
    )


@pytest.mark.parametrize("value", [None, "x", [], {}, -1, 1e400, True])
def test_values_of_another_kind_end_nothing(value: Any) -> None:
    for name in LINE:
        parse(json.dumps({**LINE, name: value}).encode())
