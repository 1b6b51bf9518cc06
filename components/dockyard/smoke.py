"""The smoke test: does a registry do what a registry is for? Log in, push, pull by tag and by digest, list the catalog."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockyard.errors import DockyardError
from dockyard.registry_client import RegistryClient, scratch_image

REPOSITORY = "dockyard/smoke-test"
TAG = "smoke"


@dataclass(frozen=True)
class Outcome:
    """How one step went. error: "" where it went well. skipped: the reason why it was not tried, "" where it was."""

    step: str
    error: str = ""
    skipped: str = ""

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass(frozen=True)
class Target:
    """A stack's outputs, as far as the test needs them."""

    host: str
    username: str
    users: Mapping[str, str]
    """User to password."""
    ca_certificate: str


def smoke_test(target: Target) -> list[Outcome]:
    """Each step in turn, up to the first that fails. What is pushed is deleted again, where a user may do that."""
    image = scratch_image(f"pushed by `dockyard smoke` to {target.host}")
    with _client(target, target.username) as client:
        steps: list[tuple[str, Callable[[], object]]] = [
            (f"log in as {target.username}", client.ping),
            (f"push {REPOSITORY}:{TAG}", lambda: client.push(REPOSITORY, TAG, image)),
            ("pull by tag", lambda: _same(client.pull(REPOSITORY, TAG), image.manifest)),
            ("pull by digest", lambda: client.pull(REPOSITORY, image.digest)),
            ("list the catalog", lambda: _catalog(target)),
        ]
        outcomes: list[Outcome] = []
        for name, step in steps:
            outcomes.append(_tried(name, step))
            if not outcomes[-1].ok:
                break
    if len(outcomes) > 2:
        outcomes.append(_tried("delete what was pushed", lambda: _delete(target, image.digest)))
    return outcomes


def _tried(name: str, step: Callable[[], object]) -> Outcome:
    try:
        step()
    except DockyardError as error:
        return Outcome(name, error=str(error))
    except _NobodyMay as nobody:
        return Outcome(name, skipped=str(nobody))
    return Outcome(name)


class _NobodyMay(Exception):
    """No user of the registry has the right that a step needs."""


def _catalog(target: Target) -> None:
    if _user_who(target, lambda client: client.catalog()) is None:
        raise _NobodyMay("no user is an admin")


def _delete(target: Target, digest: str) -> None:
    if _user_who(target, lambda client: client.delete(REPOSITORY, digest)) is None:
        raise _NobodyMay("no user may delete it")


def _user_who(target: Target, step: Callable[[RegistryClient], object]) -> str | None:
    """The first user for whom the step is not forbidden."""
    for user in sorted(target.users):
        with _client(target, user) as client:
            try:
                step(client)
            except DockyardError as error:
                if ": 403, " in error.message:
                    continue
                raise
            return user
    return None


def _client(target: Target, user: str) -> RegistryClient:
    return RegistryClient(target.host, user, target.users[user], target.ca_certificate)


def _same(pulled: bytes, pushed: bytes) -> None:
    if pulled != pushed:
        raise DockyardError("the tag leads to another manifest than the one that was pushed")
