"""Clients that push without end, move a tag each time, and repeat what was refused."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from tests.support.images import Image, push_image
from tests.support.instance import Instance

PAUSE, PATIENCE = 0.1, 300.0


@dataclass
class Pushing:
    """What they pushed, and what they were told meanwhile."""

    instance: Instance
    acknowledged: list[Image] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def at_work(self, clients: int = 4) -> Iterator[None]:
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._push, args=(f"team/pusher{number}", stop))
            for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _push(self, repository: str, stop: threading.Event) -> None:
        count = 0
        while not stop.wait(PAUSE):
            count += 1
            content = f"{repository} {count}".encode() * 1000
            if image := self._pushed(repository, f"v{count}", content):
                self.acknowledged.append(image)
            else:
                self.failures.append(f"{repository}:v{count}")

    def _pushed(self, repository: str, tag: str, content: bytes) -> Image | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(AssertionError, httpx.TransportError), self._client() as client:
                push_image(client, repository, "latest", content)
                return push_image(client, repository, tag, content)
            time.sleep(PAUSE)
        return None

    def _client(self) -> httpx.Client:
        client = self.instance.client("ci")
        client.event_hooks = {"response": [self._told]}
        return client

    def _told(self, answer: httpx.Response) -> None:
        if answer.status_code >= 400:
            self.refusals.append(answer)
