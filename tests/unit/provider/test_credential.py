"""Credential: stable, rotated on request, refused where it cannot be."""

import bcrypt
import pytest
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.provider.credential import Credential
from dockyard.provider.resource import Call, Change

CALL = Call("ci")


def made(**inputs):
    news = {"username": "ci", **inputs}
    credential = Credential()
    assert credential.check(CALL, news) == []
    return credential.create(CALL, news, preview=False)[1]


def test_the_password_has_160_bits_and_fits_its_line():
    outputs = made()
    password, line = outputs["password"].value, outputs["htpasswd"].value
    assert len(password) == 32
    assert set(password) <= set("abcdefghijklmnopqrstuvwxyz234567")
    user, _, hashed = line.partition(":")
    assert user == "ci"
    assert hashed.startswith("$2y$05$")
    assert bcrypt.checkpw(password.encode(), hashed.encode())


def test_both_outputs_are_secrets():
    outputs = made()
    assert isinstance(outputs["password"], Secret)
    assert isinstance(outputs["htpasswd"], Secret)


def test_two_credentials_differ():
    assert made()["password"] != made()["password"]


def test_the_same_inputs_change_nothing():
    outputs = made()
    assert Credential().diff(CALL, "ci", outputs, {"username": "ci", "bcryptCost": 5}).changes == {}


def test_another_cost_hashes_the_same_password():
    old = made()
    news = {"username": "ci", "bcryptCost": 6}
    assert Credential().diff(CALL, "ci", old, news).changes == {"bcryptCost": Change.UPDATE}
    new = Credential().update(CALL, "ci", old, news, preview=False)
    assert new["password"] == old["password"]
    assert new["htpasswd"].value.startswith("ci:$2y$06$")
    assert bcrypt.checkpw(old["password"].value.encode(), new["htpasswd"].value[3:].encode())


def test_another_rotation_makes_a_new_password():
    old = made(rotation="1")
    new = Credential().update(CALL, "ci", old, {"username": "ci", "bcryptCost": 5, "rotation": "2"}, False)
    assert new["password"] != old["password"]


def test_another_name_is_another_credential():
    changes = Credential().diff(CALL, "ci", made(), {"username": "cd", "bcryptCost": 5}).changes
    assert changes == {"username": Change.UPDATE_REPLACE}


def test_a_preview_makes_no_password():
    _, outputs = Credential().create(CALL, {"username": UNKNOWN, "bcryptCost": 5}, preview=True)
    assert outputs["password"] == Secret(UNKNOWN)


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, "username"),
        ({"username": "a:b"}, "username"),
        ({"username": "a\nb"}, "username"),
        ({"username": "ci", "bcryptCost": 11}, "bcryptCost"),
        ({"username": "ci", "bcryptCost": 4.5}, "bcryptCost"),
        ({"username": "ci", "bcryptCost": "5"}, "bcryptCost"),
        ({"username": "ci", "rotation": 3}, "rotation"),
        ({"username": "ci", "overlapHours": -1}, "overlapHours"),
        ({"username": "ci", "overlapHours": 721}, "overlapHours"),
        ({"username": "ci", "overlapHours": "24"}, "overlapHours"),
        ({"username": "ci", "cost": 3}, "cost"),
    ],
)
def test_bad_input_is_named(inputs, path):
    assert [problem.path for problem in Credential().check(CALL, inputs)] == [path]


def test_unknown_inputs_are_not_judged():
    assert Credential().check(CALL, {"username": UNKNOWN, "rotation": UNKNOWN}) == []
