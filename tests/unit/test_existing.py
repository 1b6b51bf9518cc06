"""A registry that another stack made."""

import pulumi
import pytest
from dockyard import existing

from tests.support.mocks import mocked


class Mocks(pulumi.runtime.Mocks):
    """The other stack's outputs."""

    def new_resource(self, args):
        outputs = {
            "host": "r.example",
            "images": {"api": "r.example/team/api"},
            "username": "ci",
            "password": "word",
        }
        return args.name, {"name": args.name, "outputs": outputs, "secretOutputNames": ["password"]}

    def call(self, args):
        raise AssertionError("no function is called")


@pytest.fixture
def seen():
    """What a program sees of it."""
    found = {}

    def program():
        registry = existing("acme/registry/prod")

        def remember(values):
            found.update(zip(("image", "host", "username", "password", "secret"), values, strict=True))

        login = registry.login
        return pulumi.Output.all(
            registry.image("api", "v1"),
            registry.host,
            login["username"],
            login["password"],
            login["password"].is_secret(),
        ).apply(remember)

    with mocked(Mocks()):
        pulumi.runtime.test(program)()
    return found


def test_it_gives_the_outputs_of_the_stack(seen):
    assert seen["image"] == "r.example/team/api:v1"
    assert (seen["host"], seen["username"]) == ("r.example", "ci")


def test_the_password_is_a_secret_whatever_the_stack_says(seen):
    assert seen["password"] == "word"
    assert seen["secret"]
