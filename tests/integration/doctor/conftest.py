"""The doctor's looks at registries, good ones and others."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dockyard.doctor.client import Examination
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict

from tests.support.faulty import Authority, bare_registry, new_authority
from tests.support.images import push_image
from tests.support.instance import MISSING, PASSWORDS, SETTINGS, Instance, running

OF_THE_MACHINE = (
    "own clock",
    "proxy variables",
    "trust: system",
    "trust: docker",
    "trust: podman",
    "trust: containerd",
)
"""What the machine that runs the tests is, and not the registry."""


def look(target: Target, *, with_probe: bool = False) -> dict[str, Verdict]:
    return {it.verdict.name: it.verdict for it in Examination(target).run(with_probe=with_probe)}


def wrong(found: dict[str, Verdict], *statuses: str) -> set[str]:
    """Names of the checks that failed or warned, but for what is the machine's."""
    wanted = statuses or ("failure", "warning")
    return {name for name, it in found.items() if it.status in wanted and name not in OF_THE_MACHINE}


def is_named(found: dict[str, Verdict], name: str, *evidence: str) -> None:
    """That the check fails, alone, for this reason, with something to type."""
    assert wrong(found) == {name}, {key: found[key] for key in wrong(found)}
    assert found[name].status == "failure"
    assert [text for text in evidence if text not in found[name].evidence] == [], found[name]
    assert found[name].hint


def behind(port: int, authority: Authority, **changes: object) -> dict[str, Verdict]:
    return look(Target(**{"host": "localhost", "port": port, "authority": authority.pem, **changes}))


def target_of(instance: Instance, user: str = "ci", **changes: object) -> Target:
    settings = instance.plan.settings
    values: dict[str, object] = {
        "host": "localhost",
        "port": settings.port,
        "username": user,
        "password": PASSWORDS.get(user, ""),
        "authority": instance.authority.read_text(),
        "typed": f"dockyard doctor --registry {settings.host}",
    }
    return Target(**{**values, **changes})  # type: ignore[arg-type]


@contextmanager
def held_port() -> Iterator[int]:
    """A port where nobody listens, nor can meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    """One of ours, with an image in it."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with running(SETTINGS) as made:
        with made.client("ci") as client:
            push_image(client, "pub/app", "1.2.0", b"a layer")
        yield made


@pytest.fixture(scope="session")
def authority() -> Authority:
    return new_authority()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of registry:2 that asks nobody to sign in."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    folder: Path = tmp_path_factory.mktemp("bare")
    with bare_registry(folder) as port:
        yield port
