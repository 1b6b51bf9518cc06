"""A registry whose user was rotated hands the former password to the front."""

import pulumi
from dockyard import SelfHostedRegistry

from tests.support.mocks import mocked


class Mocks(pulumi.runtime.Mocks):
    """Records the files of the host; `ci` was rotated."""

    def __init__(self) -> None:
        self.files = ""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        if args.typ == "dockyard:index:Host":
            self.files = str(args.inputs["files"])
        made = {"privateKey": "KEY", "certificate": "PEM", "password": "word"}
        user = args.inputs.get("username")
        rotated = {"formerHtpasswd": "ci:old", "formerUntil": "2026-11-25T12:00:00Z"} if user == "ci" else {}
        return f"{args.name}-id", {**args.inputs, **made, "htpasswd": f"{user}:new", **rotated}

    def call(self, args: pulumi.runtime.MockCallArgs) -> None:
        raise AssertionError("no function is called")


def test_the_former_line_and_its_end_are_among_the_secret_files() -> None:
    mocks = Mocks()
    users = {"ci": {"push": ["**"]}, "reader": {"pull": ["**"]}}

    def program() -> pulumi.Output[str]:
        return SelfHostedRegistry("images", {"domain": "localhost", "port": 8443, "users": users}).host

    with mocked(mocks):
        pulumi.runtime.test(program)()
    assert "'ci:old\\n'" in mocks.files
    assert "^ci:1795608000" in mocks.files
    assert "'ci:new\\nreader:new\\n'" in mocks.files
