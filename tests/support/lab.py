"""A Host resource with a small bundle, driven as an engine does."""

import http.client
import os
import signal
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.engine.values import Secret
from dockyard.provider.resource import Call, Difference, Properties
from dockyard.remote.connection import LOCAL
from dockyard.resources.inputs import host_inputs

from tests.support.driven import Driven
from tests.support.instance import wait_until
from tests.support.processes import status
from tests.support.web import Web


@dataclass
class Lab(Driven):
    """One Host resource and what it said."""

    web: Web
    connection: Mapping[str, Any] = field(default_factory=lambda: LOCAL)

    @property
    def call(self) -> Call:
        return Call("web", f"urn:test::{self.web.base}", lambda text, _: self.lines.append(text))

    def inputs(self, deletion: str = "retain", **changes: Any) -> Properties:
        """Checked inputs of the test's bundle."""
        bundle = self.web.bundle(**changes)
        inputs = host_inputs(bundle, Secret, connection=self.connection, deletion=deletion)
        assert self.host.check(self.call, inputs) == []
        return inputs

    def up(self, **changes: Any) -> Difference:
        return self.apply(self.call, self.inputs(**changes))

    def down(self) -> None:
        self.host.delete(self.call, self.id, self.outputs)

    def path(self, name: str) -> Path:
        return self.web.base / name

    def get(self) -> tuple[int, str]:
        """The process id of the running server, and the text that it has loaded."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web.port}", timeout=60) as answer:
            pid, _, text = answer.read().decode().partition(" ")
        return int(pid), text

    def eventually(self, text: str) -> None:
        """Waits until the server has loaded the text; a reload is only a signal."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.get()[1] == text:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        assert self.get()[1] == text

    def supervisord(self) -> int:
        return int(self.path("run/supervisord.pid").read_text())


def kill(pid: int) -> None:
    """SIGKILL, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: status(pid).get("State", "Z").startswith("Z"), f"process {pid} to end")
