"""Who did what, asked of a registry that people work with."""

import json
import os
import subprocess
import time
from typing import Any

import pytest
from dockyard.cli import auditing, context, operations
from dockyard.cli.place import SYSTEM_PYTHON
from dockyard.errors import DockyardError

from tests.integration.ops.conftest import PASSWORDS
from tests.integration.ops.test_doctor import supervisor
from tests.support.images import Image
from tests.support.instance import wait_until
from tests.support.operations import Registry, manifest, outcome

pytestmark = pytest.mark.integration


def asked(registry: Registry, *options: str, **wish: Any) -> list[dict[str, Any]]:
    found = registry.run("audit", "--wanted", json.dumps(wish), *options)
    assert found.code == 0, found
    return list(found.entries)


def pulled(registry: Registry, image: Image, user: str = "admin") -> None:
    with registry.instance.client(user) as client:
        assert manifest(client, image).status_code == 200


def failed_sign_in(registry: Registry) -> None:
    with registry.instance.client("ci", "hunter2-typed-wrong") as client:
        assert client.get("/v2/").status_code == 401


def logged(registry: Registry, wish: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The log has a request when its connection has been answered: a moment later."""
    wait_until(lambda: len(asked(registry, **wish)) >= count, "the lines in the log")
    return asked(registry, **wish)


def test_who_pushed_it(live: Registry) -> None:
    image = live.push("team/app", "1", b"layer one")
    live.push("team/other", "1", b"layer two")
    logged(live, {"actions": ["push"]}, 2)
    (push,) = asked(live, actions=["push"], repository="team/app")
    assert (push["user"], push["reference"], push["status"]) == ("ci", "1", 201)
    assert push["digest"] == image.digest, "what a tag led to is known later too"
    assert asked(live, actions=["push"], digest=image.digest) == [push]
    assert [it["repository"] for it in asked(live, actions=["push"], repository="team/*")] == [
        "team/app",
        "team/other",
    ]
    assert asked(live, actions=["push"], user="admin") == []


def test_who_pulled_it_since_then(live: Registry) -> None:
    image = live.push("team/app", "1", b"layer")
    pulled(live, image)
    logged(live, {"actions": ["pull"]}, 1)
    time.sleep(1.1)  # the log tells whole seconds
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    pulled(live, image, "ci")
    found = logged(live, {"actions": ["pull"], "repository": "team/app", "since": now}, 1)
    assert [(it["user"], it["digest"]) for it in found] == [("ci", image.digest)]
    earlier = asked(live, actions=["pull"], until=now)
    assert [it["user"] for it in earlier] == ["admin"]


def test_who_failed_to_sign_in_and_never_with_what(live: Registry) -> None:
    failed_sign_in(live)
    (failed,) = logged(live, {"failed": True}, 1)
    assert (failed["user"], failed["status"], failed["action"]) == ("", 401, "login")
    assert failed["address"] == "127.0.0.1"
    told = live.run("audit", "--wanted", '{"actions": ["all"]}')
    assert "hunter2" not in json.dumps(told.entries)
    assert [it for it in PASSWORDS.values() if it in json.dumps(told.entries)] == []


def test_what_was_put_aside_is_asked_too_and_the_last_ones_can_be_had_alone(live: Registry) -> None:
    for number in range(3):
        live.push("team/app", str(number), b"layer %d" % number)
        logged(live, {"actions": ["push"]}, number + 1)
        assert live.done("rotate", "--force")["packed"] >= 1
    live.push("team/app", "3", b"the last")
    tags = [it["reference"] for it in logged(live, {"actions": ["push"]}, 4)]
    assert tags == ["0", "1", "2", "3"]
    assert [it["reference"] for it in asked(live, actions=["push"], limit=2)] == ["2", "3"]


def test_a_torn_line_and_a_damaged_file_are_told_and_the_rest_is_read(live: Registry) -> None:
    live.push("team/app", "1", b"layer")
    logged(live, {"actions": ["push"]}, 1)
    live.done("rotate", "--force")
    (packed,) = live.logs.glob("audit.log.*.gz")
    packed.with_name("audit.log.20200101T000000.gz").write_bytes(packed.read_bytes()[:-20])
    with (live.logs / "audit.log").open("ab") as stream:
        stream.write(b'none of it\n{"time":"2026-')
    found = live.run("audit", "--wanted", '{"actions": ["push"]}')
    assert [it["reference"] for it in found.entries][-1:] == ["1"]
    assert found.progress[0].startswith("audit.log.20200101T000000.gz is damaged, lines of it are missing")
    assert found.result["unreadable"] == 1


def test_what_is_to_come_is_followed(live: Registry) -> None:
    with live.start("audit", "--wanted", '{"actions": ["push"], "follow": true}') as process:
        try:
            live.push("team/app", "1", b"layer one")
            assert json.loads(process.stdout.readline())["entry"]["reference"] == "1"
            live.done("rotate", "--force")
            live.push("team/app", "2", b"layer two")
            assert json.loads(process.stdout.readline())["entry"]["reference"] == "2"
        finally:
            process.terminate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_another_user_is_told_what_to_do(live: Registry) -> None:
    live.instance.folder.chmod(0o755)
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", SYSTEM_PYTHON]
    done = subprocess.run([*other, *live.command("audit")[1:]], capture_output=True, text=True, check=False)
    told = outcome(done.returncode, done.stdout, done.stderr)
    assert (told.code, told.hint) == (1, "run it as root, with sudo")
    assert told.error == f"this user may not read {live.logs}"


def test_people_read_one_line_for_each(live: Registry, monkeypatch, capsys) -> None:
    place = operations.Place(str(live.etc / "config.json"))
    monkeypatch.setattr(context, "workplace", lambda: None)
    monkeypatch.setattr(operations, "find", lambda *_: place)
    image = live.push("team/app", "1", b"layer")
    logged(live, {}, 1)
    failed_sign_in(live)
    logged(live, {}, 2)
    auditing.run("local", "auto", {"actions": []}, as_json=False)
    said = capsys.readouterr()
    pushed, failed = said.out.splitlines()
    assert f"  ci             pushed     team/app:1 ({image.digest[:19]})  from 127.0.0.1  (" in pushed
    assert failed.endswith("  wrong sign-in  login: 401  /v2/  from 127.0.0.1")
    assert said.err.startswith("2 of ")
    auditing.run("local", "auto", {"actions": ["push"], "limit": 1}, as_json=True)
    assert json.loads(capsys.readouterr().out)["digest"] == image.digest
    with pytest.raises(DockyardError, match="'x' is neither a time nor a span"):
        auditing.run("local", "auto", {"since": "x"}, as_json=True)


def test_a_health_check_is_nobody_s_doing_whatever_it_is_answered(live: Registry) -> None:
    with live.instance.client() as client:
        assert client.get("/healthz").status_code == 200
        supervisor(live, "stop", "registry")
        assert client.get("/healthz").status_code == 503
        assert client.get("/v2/").status_code == 401
    log = live.logs / "audit.log"
    wait_until(lambda: '"path":"/v2/"' in log.read_text(), "the request after it in the log")
    assert "/healthz" not in log.read_text()
