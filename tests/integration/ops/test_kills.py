"""Everything at once on one registry, and kills in the middle of it: nothing that was acknowledged is lost."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.integration.front.test_kill import settled
from tests.integration.ops.test_garbage import layer, switch
from tests.integration.ops.test_retention import LONG_AGO, with_rules
from tests.support.images import Image, push_image
from tests.support.instance import wait_until
from tests.support.operations import Registry

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PUSHERS, PUSHES, TRIES = 8, 5, 300
OPERATIONS = ("retention", "gc", "backup")


@dataclass
class Pushers:
    """Clients that push at once, and repeat what was not acknowledged."""

    registry: Registry
    acknowledged: list[Image] = field(default_factory=list)
    repeated: int = 0
    failures: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Callable[[], bool]]:
        """Gives whether one of them has not ended."""
        threads = [threading.Thread(target=self._push, args=(number,)) for number in range(PUSHERS)]
        for thread in threads:
            thread.start()
        try:
            yield lambda: any(thread.is_alive() for thread in threads)
        finally:
            for thread in threads:
                thread.join()

    def _push(self, number: int) -> None:
        for count in range(PUSHES):
            self._pushed(f"team/app{number % 4}", f"v{number}-{count}", layer(number * 100 + count))
            time.sleep(0.3)

    def _pushed(self, repository: str, tag: str, content: bytes) -> None:
        for _ in range(TRIES):
            try:
                with self.registry.instance.client("ci") as client:
                    self.acknowledged.append(push_image(client, repository, tag, content))
                return
            except (AssertionError, httpx.TransportError):
                self.repeated += 1
                time.sleep(0.1)
        self.failures.append(f"{repository}:{tag}")


def expiring(registry: Registry, number: int) -> Image:
    """An image whose rule lets it go."""
    image = registry.write("team/old", f"dev-{number}", layer(5000 + number))
    then = time.time() - LONG_AGO
    for link in registry.tree.glob("repositories/team/old/_manifests/**/link"):
        os.utime(link, (then, then))
    return image


def lost(registry: Registry, images: list[Image]) -> list[str]:
    return [f"{image.repository}:{image.tag}" for image in images if not registry.pulls(image)]


def test_pushes_retention_collections_and_backups_at_once_lose_nothing(live: Registry) -> None:
    pushers = Pushers(with_rules(live))
    live.push("team/first", "v1", layer(1))
    live.done("backup")
    gone = []
    with pushers.at_work() as busy:
        while busy() or len(gone) < 2:
            gone.append(expiring(live, len(gone)))
            removed = live.done("retention")["images"]
            assert [image["digest"] for image in removed] == [gone[-1].digest]
            assert live.done("gc")["broken"] == []
            live.done("backup")
            assert len(gone) < 100
    assert pushers.failures == []
    assert len(pushers.acknowledged) == PUSHERS * PUSHES
    assert lost(live, pushers.acknowledged) == []
    assert not any(live.blob(image.layer).exists() for image in gone)
    assert live.done("drill")["broken"] == []


@pytest.mark.parametrize("seed", range(2))
def test_with_everything_killed_in_turn_nothing_acknowledged_is_lost(live: Registry, seed: int) -> None:
    """An operation may fail where the registry was killed: it says so, and the next one goes on."""
    chance = random.Random(seed)
    pushers = Pushers(with_rules(live))
    live.push("team/first", "v1", layer(1))
    live.done("backup")
    kills = 0
    with pushers.at_work() as busy:
        while busy() or kills < 6:
            expiring(live, kills)
            process = live.start(OPERATIONS[kills % len(OPERATIONS)])
            time.sleep(chance.uniform(0.0, 0.8))
            named = (None, registry_pid, front_pid)[kills // 3 % 3]
            # One that is just being started again has not named itself yet.
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
                os.kill(named(live) if named else process.pid, signal.SIGKILL)
            process.communicate(timeout=120)
            kills += 1
            assert kills < 200
    assert pushers.repeated, "no push met a kill: this test has shown nothing"
    assert pushers.failures == []
    wait_until(lambda: settled(live.instance), "registry and front to run again", 120)
    wait_until(lambda: not switch(live).exists(), "writes to be let in again")
    assert lost(live, pushers.acknowledged) == []
    for operation in OPERATIONS:
        live.done(operation)
    assert lost(live, pushers.acknowledged) == []
    assert "no errors were found" in live.restic("check", "--read-data")
    assert live.done("drill")["broken"] == []
    assert live.pulls(live.push("team/new", "v1", layer(7000)))


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_drill_leaves_nothing_that_the_next_one_minds(registry: Registry, seed: int) -> None:
    for number in range(20):
        registry.write("team/app", str(number), layer(number))
    registry.done("backup")
    process = registry.start("drill")
    scratch = registry.state / "scratch"
    wait_until(lambda: scratch.exists() or process.poll() is not None, "the drill to begin")
    time.sleep(random.Random(seed).uniform(0.1, 1.0))
    process.kill()
    process.communicate()
    wait_until(lambda: not using(scratch), "the scratch registry to end with the drill")
    found = registry.done("drill")
    assert (found["tags"], found["broken"]) == (20, [])
    assert not scratch.exists()


def registry_pid(live: Registry) -> int:
    return live.instance.pid("registry/launch")


def front_pid(live: Registry) -> int:
    return live.instance.pid("front/nginx.pid")


def using(folder: Path) -> list[str]:
    """Processes that name the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if str(folder).encode() in entry.read_bytes():
                found.append(entry.parent.name)
    return found
