"""A rotated credential keeps its former line until the overlap ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dockyard.engine.values import UNKNOWN, Secret
from dockyard.provider.credential import Credential
from dockyard.provider.resource import Call, Change

CALL = Call("ci")


class Clock:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def wanted(rotation: str, overlap: float | None = 24.0, cost: float = 5.0) -> dict[str, Any]:
    inputs = {"username": "ci", "bcryptCost": cost, "rotation": rotation}
    return inputs if overlap is None else {**inputs, "overlapHours": overlap}


def rotated(clock: Clock) -> tuple[Credential, dict[str, Any], dict[str, Any]]:
    """The resource, and its outputs before and after."""
    credential = Credential(clock)
    old = credential.create(CALL, wanted("1"), preview=False)[1]
    clock.time += timedelta(days=9)
    return credential, old, credential.update(CALL, "ci", old, wanted("2"), preview=False)


def test_a_rotation_keeps_the_former_line_as_a_secret_until_the_overlap_ends():
    _, old, new = rotated(Clock())
    assert new["formerHtpasswd"] == old["htpasswd"]
    assert isinstance(new["formerHtpasswd"], Secret)
    assert (old["madeAt"], old["formerUntil"]) == ("2026-11-24T12:00:00Z", "")
    assert (new["madeAt"], new["formerUntil"]) == ("2026-12-03T12:00:00Z", "2026-12-04T12:00:00Z")
    assert new["htpasswd"] != old["htpasswd"]


def test_nothing_changes_until_the_end_and_then_the_former_line_goes():
    clock = Clock()
    credential, _, new = rotated(clock)
    clock.time += timedelta(hours=23, minutes=59)
    assert credential.diff(CALL, "ci", new, wanted("2")).changes == {}
    clock.time += timedelta(minutes=1)
    assert credential.diff(CALL, "ci", new, wanted("2")).changes == {"formerUntil": Change.UPDATE}
    after = credential.update(CALL, "ci", new, wanted("2"), preview=False)
    assert (after["formerHtpasswd"], after["formerUntil"]) == (Secret(""), "")
    assert (after["password"], after["htpasswd"]) == (new["password"], new["htpasswd"])
    assert credential.diff(CALL, "ci", after, wanted("2")).changes == {}


def test_without_an_overlap_the_former_password_ends_at_once():
    credential = Credential(Clock())
    old = credential.create(CALL, wanted("1", None), preview=False)[1]
    new = credential.update(CALL, "ci", old, wanted("2", None), preview=False)
    assert (new["formerHtpasswd"], new["formerUntil"]) == (Secret(""), "")
    assert credential.diff(CALL, "ci", new, wanted("2", None)).changes == {}


def test_another_overlap_moves_the_end_and_none_ends_it_now():
    credential, old, new = rotated(Clock())
    longer = credential.update(CALL, "ci", new, wanted("2", 48.0), preview=False)
    assert (longer["formerHtpasswd"], longer["formerUntil"]) == (old["htpasswd"], "2026-12-05T12:00:00Z")
    assert longer["password"] == new["password"]
    assert credential.diff(CALL, "ci", new, wanted("2", 0.0)).changes == {"overlapHours": Change.UPDATE}
    assert credential.update(CALL, "ci", new, wanted("2", 0.0), preview=False)["formerUntil"] == ""


def test_another_cost_leaves_the_former_line_alone():
    credential, _, new = rotated(Clock())
    after = credential.update(CALL, "ci", new, wanted("2", cost=6.0), preview=False)
    kept = ("formerHtpasswd", "formerUntil", "madeAt", "password")
    assert {key: after[key] for key in kept} == {key: new[key] for key in kept}


def test_a_second_rotation_keeps_the_line_just_before_it_alone():
    credential, _, new = rotated(Clock())
    third = credential.update(CALL, "ci", new, wanted("3"), preview=False)
    assert third["formerHtpasswd"] == new["htpasswd"]


def test_a_credential_of_an_earlier_version_is_not_changed_and_can_be_rotated():
    clock = Clock()
    credential = Credential(clock)
    made = credential.create(CALL, wanted("1"), preview=False)[1]
    old = {
        key: value for key, value in made.items() if key not in ("madeAt", "formerHtpasswd", "formerUntil")
    }
    assert credential.diff(CALL, "ci", old, wanted("1")).changes == {}
    new = credential.update(CALL, "ci", old, wanted("2"), preview=False)
    assert new["formerHtpasswd"] == old["htpasswd"]


def test_a_preview_of_a_rotation_tells_no_former_line():
    credential, old, _ = rotated(Clock())
    planned = credential.update(CALL, "ci", old, wanted("2"), preview=True)
    assert planned["formerHtpasswd"] == Secret(UNKNOWN)
    assert planned["formerUntil"] is UNKNOWN
