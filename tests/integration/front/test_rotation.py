"""A password is rotated while clients sign in: the old and the new one are right until the overlap ends, and nobody is restarted."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from dockyard.self_hosted.passwords import Former

from tests.integration.front.conftest import guesses, in_a_row
from tests.support.instance import PASSWORDS, SETTINGS, Instance, needs_servers, running, wait_until
from tests.support.wire import Answer, Wire, new_address

pytestmark = [pytest.mark.integration, needs_servers]

NEW = {**PASSWORDS, "ci": "another-secret"}


def ask(instance: Instance, password: str, number: int) -> Answer:
    """Signs in as `ci` in a spelling that the front has not yet remembered, and from another address."""
    scheme = "".join(
        letter.upper() if number >> place & 1 else letter for place, letter in enumerate("basic")
    )
    value = base64.b64encode(f"ci:{password}".encode()).decode()
    wire = Wire(instance, address=new_address())
    return wire.ask("GET", "/v2/", ("Authorization", f"{scheme} {value}"))


def rotate(instance: Instance, seconds: float) -> float:
    """Gives `ci` another password; the former one stays for so long. Returns its end."""
    end = int(time.time() + seconds)
    until = datetime.fromtimestamp(end, UTC).isoformat()
    former = {"ci": Former(instance.material.htpasswd["ci"], until)}
    instance.material = replace(instance.material, former=former)
    instance.apply(settings(instance), NEW)
    return end


def settings(instance: Instance) -> dict[str, Any]:
    return {**SETTINGS, "port": instance.plan.settings.port}


@contextmanager
def asking(instance: Instance, password: str) -> Iterator[list[int]]:
    """The statuses of a client that signs in again and again, at most 5,000 times."""
    statuses: list[int] = []
    done = threading.Event()

    def loop() -> None:
        for number in range(5000):
            if done.is_set():
                return
            statuses.append(ask(instance, password, number).status)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield statuses
    finally:
        done.set()
        thread.join()


def test_the_old_password_passes_all_through_a_rotation_and_the_new_one_after_it() -> None:
    with running() as instance:
        pids = [instance.pid(name) for name in ("front/nginx.pid", "supervisord.pid")]
        with asking(instance, PASSWORDS["ci"]) as old:
            wait_until(lambda: len(old) > 20, "the client before the rotation")
            rotate(instance, 3600)
            with asking(instance, "another-secret") as new:
                count = len(old)
                wait_until(lambda: len(new) > 40 and len(old) > count + 40, "both clients after it")
        assert set(old) == set(new) == {200}
        assert [instance.pid(name) for name in ("front/nginx.pid", "supervisord.pid")] == pids


def test_the_former_password_is_refused_from_its_end_on_although_it_was_remembered() -> None:
    with running() as instance:
        end = rotate(instance, 20)
        wire = Wire(instance, "ci", None, new_address())
        before = []
        while (status := wire.ask("GET", "/v2/").status) and time.time() < end:
            before.append(status)
            time.sleep(0.2)
        assert set(before) == {200}
        time.sleep(max(0.0, end + 1 - time.time()))
        answer = wire.ask("GET", "/v2/")
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="registry"'
        assert replace(wire, password="another-secret").ask("GET", "/v2/").status == 200


def test_a_wrong_password_counts_once_and_is_refused_with_its_challenge_during_the_overlap() -> None:
    with running() as instance:
        rotate(instance, 3600)
        answers = in_a_row(Wire(instance, address=new_address()), guesses("ci", 60))
        assert [answer.status for answer in answers[:20]] == [401] * 20, "counted twice, a burst of 20 is 10"
        assert 429 in {answer.status for answer in answers}, "one in a fifth of a second passes"
        assert answers[0].headers.get_all("WWW-Authenticate") == ['Basic realm="registry"']


def test_the_former_password_has_the_rights_of_its_user_and_of_no_other() -> None:
    with running() as instance:
        rotate(instance, 3600)
        former = PASSWORDS["ci"]
        wires = [Wire(instance, user, former, new_address()) for user in ("ci", "reader", "nobody")]
        assert [wire.ask("GET", "/v2/any/app/tags/list").status for wire in wires] == [404, 401, 401]
        assert wires[0].ask("GET", "/v2/_catalog").status == 403


def test_whoever_is_revoked_is_refused_at_once_with_both_passwords() -> None:
    with running() as instance:
        pid = instance.pid("front/nginx.pid")
        rotate(instance, 3600)
        wires = [Wire(instance, "ci", password, new_address()) for password in (None, "another-secret")]
        assert [wire.ask("GET", "/v2/").status for wire in wires] == [200, 200]
        users = {name: rights for name, rights in SETTINGS["users"].items() if name != "ci"}
        instance.material = replace(instance.material, former={})
        instance.apply({**settings(instance), "users": users})
        assert [wire.ask("GET", "/v2/").status for wire in wires] == [401, 401]
        assert instance.pid("front/nginx.pid") == pid
