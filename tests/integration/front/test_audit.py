"""The audit log says who did what, and no log and no disk holds a credential."""

import base64
import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.front.conftest import Front, in_a_row
from tests.support.images import push_image
from tests.support.instance import PASSWORDS, USERS, Instance, wait_until
from tests.support.wire import Answer, Wire, basic

pytestmark = pytest.mark.integration

FIELDS = {
    "time", "id", "user", "role", "failed_login", "address", "method", "path", "repository", "reference",
    "digest", "status", "bytes_in", "bytes_out", "duration", "tls", "agent",
}  # fmt: skip


def line_of(instance: Instance, answer: Answer) -> dict[str, Any]:
    """The line of the log for an answer: both carry the request's id."""
    wanted, found = answer.headers["X-Request-Id"], []

    def there() -> bool:
        # The last line may be half written.
        lines = Path(instance.plan.paths.log, "audit.log").read_text().rpartition("\n")[0].splitlines()
        found[:] = [line for line in map(json.loads, lines) if line["id"] == wanted]
        return bool(found)

    wait_until(there, "the line in the log")
    assert len(found) == 1
    return dict(found[0])


def test_a_line_says_who_did_what_to_which_image(front: Front) -> None:
    image = front.images["pub/app"]
    wire: Wire = front.wire("reader")
    line = line_of(
        front.instance, wire.ask("GET", f"/v2/pub/app/blobs/{image.layer}", ("User-Agent", 'a "b"\\'))
    )
    assert set(line) == FIELDS
    assert line["user"] == "reader"
    assert line["role"].startswith("r")
    assert (line["method"], line["path"]) == ("GET", f"/v2/pub/app/blobs/{image.layer}")
    assert (line["repository"], line["digest"]) == ("pub/app", image.layer)
    assert (line["status"], line["failed_login"]) == (200, False)
    assert line["address"] == wire.address
    assert line["bytes_out"] > len(image.content)
    assert line["tls"] == "TLSv1.3"
    assert line["agent"] == 'a "b"\\'
    by_tag = line_of(front.instance, wire.ask("GET", "/v2/pub/app/manifests/1"))
    assert (by_tag["repository"], by_tag["reference"]) == ("pub/app", "1")


def test_the_second_request_of_a_client_names_its_user_too(front: Front) -> None:
    """Its password is not checked again: the answer is remembered."""
    wire = front.wire("team")
    for _ in range(3):
        assert line_of(front.instance, wire.ask("GET", "/v2/team/app/tags/list"))["user"] == "team"


def test_a_refused_right_names_the_user(front: Front) -> None:
    line = line_of(front.instance, front.wire("reader").ask("GET", "/v2/secret/app/tags/list"))
    assert (line["user"], line["status"], line["failed_login"]) == ("reader", 403, False)


def test_an_anonymous_pull_names_nobody(front: Front) -> None:
    line = line_of(front.instance, front.wire().ask("GET", "/v2/open/app/tags/list"))
    assert (line["user"], line["status"], line["failed_login"]) == ("", 200, False)


@pytest.mark.parametrize(
    ("target", "status"),
    [("/v2/", 401), ("/v2/secret/app/tags/list", 401), ("/", 404), ("/v1/x", 404), ("/healthz/x", 404)],
)
def test_a_name_that_has_not_signed_in_is_in_no_log(front: Front, target: str, status: int) -> None:
    """People type a password where the name belongs."""
    typed = f"typed-{status}-{target.count('/')}-{len(target)}-hunter2"
    answer = front.wire(typed, "x").ask("GET", target)
    assert answer.status == status
    line = line_of(front.instance, answer)
    assert (line["user"], line["role"]) == ("", "")
    assert line["failed_login"] is (status == 401)
    for log in Path(front.instance.plan.paths.log).iterdir():
        assert typed.encode() not in log.read_bytes(), log.name


def test_a_name_that_is_limited_is_in_no_log(front: Front) -> None:
    answers = in_a_row(front.wire(), [basic("typed-when-limited", "x")] * 60)
    assert 429 in {answer.status for answer in answers}
    for log in Path(front.instance.plan.paths.log).iterdir():
        assert b"typed-when-limited" not in log.read_bytes(), log.name


def test_a_query_is_in_no_line(front: Front) -> None:
    answer = front.wire("reader").ask("GET", "/v2/pub/app/tags/list?token=query-of-somebody")
    assert line_of(front.instance, answer)["path"] == "/v2/pub/app/tags/list"
    assert "query-of-somebody" not in Path(front.instance.plan.paths.log, "audit.log").read_text()


def test_every_line_is_one_json_object_whatever_clients_send(front: Front) -> None:
    wire = front.wire("reader")
    wire.ask("GET", "/v2/%22%0a%7b/%ff%fe/tags/list", ("User-Agent", '\x7f\xff\xfe"}\\'))
    wire.send(b"\x16\x03\x01 / HTTP/1.1\r\n\r\n")
    last = wire.ask("GET", "/v2/")
    line_of(front.instance, last)
    for line in Path(front.instance.plan.paths.log, "audit.log").read_bytes().splitlines():
        assert set(json.loads(line.decode("utf-8", "surrogateescape"))) == FIELDS


def test_no_credential_is_on_any_disk(front: Front) -> None:
    instance = front.instance
    for user in USERS:
        assert front.wire(user).ask("GET", "/v2/").status == 200
        front.wire(user, PASSWORDS[user] + "-mistyped").ask("GET", "/v2/secret/app/tags/list")
        front.wire(PASSWORDS[user], user).ask("GET", "/v2/")
    with instance.client("ci") as client:
        push_image(client, "pub/searched", "1", b"searched")
    needles = [
        form
        for user, password in PASSWORDS.items()
        for form in (
            password.encode(),
            basic(user, password).removeprefix("Basic ").encode().rstrip(b"="),
            base64.b64encode(password.encode())[:-4],
        )
    ]
    searched = 0
    for folder, _, names in os.walk(instance.folder):
        for path in (Path(folder, name) for name in names):
            # Jobs of the host make files and remove them.
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes() if path.is_file() else b""
                searched += bool(content)
                assert not [needle for needle in needles if needle in content], path
    assert searched > 20


def test_what_is_remembered_of_credentials_is_in_memory_and_for_one_user_alone(front: Front) -> None:
    folder = Path(front.instance.plan.paths.credentials)
    front.wire("ci").ask("GET", "/v2/")
    assert folder.is_relative_to("/dev/shm")
    assert folder.stat().st_mode & 0o077 == 0
    modes = set()
    for path in folder.rglob("*"):
        # NGINX removes what has not been used for a while.
        with contextlib.suppress(FileNotFoundError):
            modes |= {path.stat().st_mode & 0o077} if path.is_file() else set()
    assert modes == {0}
