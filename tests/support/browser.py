"""A headless Chromium, driven over the pipe of its own protocol: no server, no port, no package."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--hide-scrollbars", "--ignore-certificate-errors", "--remote-debugging-pipe"),
    "--allow-pre-commit-input",  # else it ignores clicks until it has drawn the page
)
SECONDS = 120.0

needs_browser = pytest.mark.skipif(BROWSER is None, reason="not installed: chromium")


@dataclass
class Page:
    """One tab. requests: addresses that it has asked for."""

    send: Callable[..., dict[str, Any]]
    requests: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    """Addresses that it has given the login to."""
    said: list[str] = field(default_factory=list)
    """What the browser complained of: policy, network, scripts."""
    login: tuple[str, str] | None = None
    """Typed once for each address; who is asked again gives up."""

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)
        deadline = time.monotonic() + SECONDS
        while not self._shows(url):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} was not loaded")
            time.sleep(0.05)

    def _shows(self, url: str) -> bool:
        # While one page gives way to the next there may be nobody to answer.
        with contextlib.suppress(AssertionError):
            return bool(self.ask("[location.href, document.readyState]") == [url, "complete"])
        return False

    def ask(self, expression: str) -> Any:
        """What JavaScript of the test, not of the page, gives."""
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def looks(self, width: int, scheme: str = "light", height: int = 900) -> None:
        """The window and what its user prefers."""
        shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **shape)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", features=features)

    def picture(self, file: Path, whole: bool = True) -> None:
        told = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(told["data"]))


class Pipe:
    """Commands and answers, each ended by a zero byte."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._buffer, self._number = b"", 0
        self.heard: Callable[[dict[str, Any]], None] = lambda event: None

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        number = self.post(method, session, **parameters)
        while True:
            message = self._next()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                result: dict[str, Any] = message["result"]
                return result
            self.heard(message)

    def post(self, method: str, session: str = "", **parameters: Any) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._writing, data) :]
        return self._number

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._reading], [], [], SECONDS)[0]:
                raise TimeoutError("the browser does not answer")
            read = os.read(self._reading, 1 << 20)
            if not read:
                raise EOFError("the browser has ended")
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextlib.contextmanager
def browsing(login: tuple[str, str] | None = None) -> Iterator[Page]:
    """A new browser without a past. login: what it types where a server asks for a name and a password."""
    profile = tempfile.mkdtemp(prefix="dockyard-browser-")
    with _started(profile) as pipe:
        target = pipe.send("Target.createTarget", url="about:blank")["targetId"]
        session = pipe.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

        def send(method: str, **parameters: Any) -> dict[str, Any]:
            return pipe.send(method, session, **parameters)

        page = Page(send, login=login)
        pipe.heard = lambda event: _heard(pipe, session, page, event)
        for domain in ("Page", "Network", "Log", "Runtime"):
            send(f"{domain}.enable")
        if login:
            send("Fetch.enable", handleAuthRequests=True)
        yield page
    shutil.rmtree(profile, ignore_errors=True)


@contextlib.contextmanager
def _started(profile: str) -> Iterator[Pipe]:
    """It reads commands from descriptor 3 and writes answers to 4."""
    assert BROWSER is not None
    (in_reading, in_writing), (out_reading, out_writing) = os.pipe(), os.pipe()
    script = f'exec "$@" 3<&{in_reading} 4>&{out_writing}'
    command = ["bash", "-c", script, "browser", BROWSER, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        command, pass_fds=(in_reading, out_writing), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(in_reading)
    os.close(out_writing)
    pipe = Pipe(out_reading, in_writing)
    try:
        yield pipe
        pipe.post("Browser.close")
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(in_writing)
        os.close(out_reading)


def _heard(pipe: Pipe, session: str, page: Page, event: dict[str, Any]) -> None:
    method, told = event.get("method"), event.get("params", {})
    if method == "Network.requestWillBeSent":
        page.requests.append(told["request"]["url"])
    elif method == "Log.entryAdded":
        page.said.append(told["entry"]["text"])
    elif method == "Fetch.requestPaused":
        pipe.post("Fetch.continueRequest", session, requestId=told["requestId"])
    elif method == "Fetch.authRequired":
        name, password = page.login or ("", "")
        answer = {"response": "ProvideCredentials", "username": name, "password": password}
        if told["request"]["url"] in page.typed:
            answer = {"response": "CancelAuth"}
        page.typed.append(told["request"]["url"])
        pipe.post(
            "Fetch.continueWithAuth", session, requestId=told["requestId"], authChallengeResponse=answer
        )
