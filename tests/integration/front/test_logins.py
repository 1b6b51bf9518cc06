"""Guessing passwords is slowed down, and nobody else is; whoever loses a right loses it at once."""

import os
import signal
import time

import pytest
from dockyard.provider.agent.workers import wait_until_replaced

from tests.integration.front.conftest import Front, guesses, in_a_row
from tests.support.images import push_image
from tests.support.instance import PASSWORDS, SETTINGS, USERS, Instance, needs_servers, running
from tests.support.wire import Answer, Wire, basic, new_address

pytestmark = [pytest.mark.integration, needs_servers]

ROUTES = [
    ("GET", "/v2/"),
    ("GET", "/v2/_catalog"),
    ("GET", "/v2/secret/app/manifests/1"),
    ("GET", "/v2/secret/app/blobs/{layer}"),
    ("POST", "/v2/team/app/blobs/uploads/"),
    ("GET", "/v2/open/app/tags/list"),
    ("GET", "/v2/nothing"),
]


def guess(front: Front, wire: Wire, method: str, target: str, count: int) -> list[Answer]:
    """Tries as many different wrong passwords."""
    target = target.format(layer=front.images["secret/app"].layer)
    return in_a_row(wire, guesses(wire.user or "", count), method, target)


def exhaust(front: Front, wire: Wire) -> None:
    """Guesses until the limit holds."""
    for _ in range(5):
        if guess(front, wire, "GET", "/v2/", 40)[-1].status == 429:
            return
    raise AssertionError("200 guesses were not limited")


@pytest.mark.parametrize(("method", "target"), ROUTES)
def test_a_burst_of_wrong_passwords_is_slowed_down_on_every_route(
    front: Front, method: str, target: str
) -> None:
    answers = guess(front, front.wire("admin"), method, target, 60)
    assert {answer.status for answer in answers} == {401, 429}
    assert [answer.status for answer in answers[:10]] == [401] * 10, "a mistake or two is not punished"
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) > 10
    for answer in refused:
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.code == "TOOMANYREQUESTS"
        assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_guesses_of_user_names_are_slowed_down_too(front: Front) -> None:
    answers = in_a_row(front.wire(), [basic(f"user{n}", "password") for n in range(60)])
    assert {answer.status for answer in answers} == {401, 429}


def test_a_right_password_is_not_told_while_the_limit_holds(front: Front) -> None:
    """A right guess looks like a wrong one. Several tries: the limit lets one request through every fifth of a second."""
    wire, statuses = front.wire(), []
    for user in sorted(USERS):
        # In a spelling that no other test has had remembered.
        right = basic(user, PASSWORDS[user]).replace("Basic", "bAsIc")
        statuses.append(in_a_row(wire, [*guesses(user, 60), right])[-1].status)
    assert 429 in statuses


def test_clients_that_have_signed_in_go_on_while_their_address_is_limited(front: Front) -> None:
    wire = front.wire("reader")
    target = f"/v2/pub/app/blobs/{front.images['pub/app'].layer}"
    assert wire.ask("GET", target).status == 200
    exhaust(front, wire)
    assert {wire.ask("GET", target).status for _ in range(30)} == {200}


def test_clients_at_other_addresses_are_not_limited(front: Front) -> None:
    exhaust(front, front.wire("admin"))
    others = [Wire(front.instance, "ci", None, new_address()) for _ in range(3)]
    for number, other in enumerate(others):
        assert other.ask("GET", f"/v2/team/other-{number}/tags/list").status == 404


def test_many_requests_of_one_signed_in_client_are_not_limited(front: Front) -> None:
    wire = front.wire("reader")
    assert {wire.ask("GET", "/v2/pub/app/tags/list").status for _ in range(80)} == {200}


def test_requests_without_a_password_are_not_counted(front: Front) -> None:
    """Every command of a client begins with one."""
    wire = front.wire()
    assert {wire.ask("GET", "/v2/").status for _ in range(80)} == {401}


def test_a_signed_in_client_goes_on_after_what_was_remembered_of_it_has_expired() -> None:
    """With the 60 s of the configuration made 1 s, as nobody waits for a test."""
    with running() as instance:
        configuration = instance.folder / "test/etc/front/nginx.conf"
        text = configuration.read_text()
        assert text.count("proxy_cache_valid 204 403 405 409 422 503 507 60s;") == 1
        configuration.write_text(text.replace("503 507 60s;", "503 507 1s;"))
        reload(instance)
        wire = Wire(instance, "ci", None, new_address())
        assert wire.ask("GET", "/v2/").status == 200
        right = basic("ci", PASSWORDS["ci"])
        assert 429 in {answer.status for answer in in_a_row(wire, guesses("ci", 60))}
        end = time.monotonic() + 3
        while time.monotonic() < end:
            wrong, seen = in_a_row(wire, guesses("ci", 20)), in_a_row(wire, [right] * 5)
            assert {answer.status for answer in seen} == {200}
            assert 429 in {answer.status for answer in wrong}


def reload(instance: Instance) -> None:
    before = instance.workers()
    os.kill(instance.pid("front/nginx.pid"), signal.SIGHUP)
    wait_until_replaced(before)


def test_a_right_that_is_taken_away_is_gone_at_once() -> None:
    with running() as instance:
        settings = {**SETTINGS, "port": instance.plan.settings.port}
        with instance.client("ci") as client:
            image = push_image(client, "pub/app", "1", b"revoked")
        targets = ("tags/list", f"blobs/{image.layer}")
        reader = Wire(instance, "reader", None, new_address())
        assert [reader.ask("GET", f"/v2/pub/app/{target}").status for target in targets] == [200, 200]
        instance.apply({**settings, "users": {**USERS, "reader": {"pull": ["other/**"]}}})
        assert [reader.ask("GET", f"/v2/pub/app/{target}").status for target in targets] == [403, 403]
        without = {name: rights for name, rights in USERS.items() if name != "reader"}
        instance.apply({**settings, "users": without})
        assert [reader.ask("GET", f"/v2/pub/app/{target}").status for target in targets] == [401, 401]
        changed = {**PASSWORDS, "ci": "another-secret"}
        instance.apply({**settings, "users": USERS}, changed)
        old, new = (
            Wire(instance, "ci", None, new_address()),
            Wire(instance, "ci", "another-secret", new_address()),
        )
        assert (old.ask("GET", "/v2/").status, new.ask("GET", "/v2/").status) == (401, 200)


def test_anonymous_pulling_ends_at_once() -> None:
    with running({**SETTINGS, "anonymous_pull": ["open/*"]}) as instance:
        with instance.client("ci") as client:
            image = push_image(client, "open/app", "1", b"open")
        wire = Wire(instance, address=new_address())
        assert wire.ask("GET", f"/v2/open/app/blobs/{image.layer}").status == 200
        instance.apply({**SETTINGS, "port": instance.plan.settings.port})
        assert wire.ask("GET", f"/v2/open/app/blobs/{image.layer}").status == 401
