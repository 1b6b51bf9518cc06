"""Starting the worker and hearing from it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError
from dockyard.provider.agent.checks import clean_environment, memory_folder
from dockyard.provider.agent_call import error_of
from dockyard.provider.resource import Call

WORKER = Path(__file__).with_name("worker") / "__main__.py"
KEPT = ("http_proxy", "https_proxy", "no_proxy", "SSH_AUTH_SOCK")
"""apt reads the first ones; the last one is where an SSH agent listens."""


class WorkError(DockyardError):
    """The worker failed. `touched`: whether the host may have been changed."""

    def __init__(self, message: str, hint: str, touched: bool) -> None:
        super().__init__(message, hint)
        self.touched = touched


def work(call: Call, verb: str, request: dict[str, Any]) -> None:
    """Lets a worker `apply` or `remove`. Raises WorkError with the text that it ended with."""
    reading, writing = os.pipe()
    environment = {
        **clean_environment(),
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        # Temporary files may hold keys.
        "TMPDIR": str(memory_folder()),
    }
    with tempfile.TemporaryFile("w+", dir=memory_folder()) as stderr:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), verb, str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=environment,
            cwd="/",
            pass_fds=(writing,),
            # A Ctrl-C at the terminal is for the engine, which then asks us to stop between two steps.
            start_new_session=True,
            text=True,
        )
        os.close(writing)
        with os.fdopen(reading) as events, process:
            _send(process, request)
            result = _listen(call, process, events)
        if result is None:
            stderr.seek(0)
            raise WorkError(_defect(process.returncode, stderr.read()), "", touched=True)
    if "error" in result:
        error = error_of(result["error"])
        raise WorkError(error.message, error.hint, bool(result["touched"]))


def _send(process: "subprocess.Popen[str]", request: dict[str, Any]) -> None:
    """A worker that dies at once is reported by its exit, not by the broken pipe."""
    if process.stdin is None:
        raise DockyardError("the worker has no stdin")
    with suppress(BrokenPipeError), process.stdin as stream:
        json.dump(request, stream)


def _listen(call: Call, process: "subprocess.Popen[str]", events: Any) -> dict[str, Any] | None:
    """Passes on log lines; gives the result, or None where the worker ended without one."""
    threading.Thread(target=_pass_on_cancel, args=(call, process), daemon=True).start()
    for line in events:
        event: dict[str, Any] = json.loads(line)
        if "log" not in event:
            return event
        call.log(event["log"], event["status"])
    return None


def _pass_on_cancel(call: Call, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        if call.cancelled():
            process.send_signal(signal.SIGTERM)
            return
        time.sleep(0.1)


def _defect(code: int, stderr: str) -> str:
    if code < 0:
        return f"the worker was ended by {signal.Signals(-code).name}; the next `up` goes on from here"
    lines = [line.strip() for line in stderr.splitlines()]
    places = [line for line in lines if line.startswith("File ")]
    kind = lines[-1].partition(":")[0] if lines else f"exit code {code}"
    return f"a defect in dockyard's worker: {kind} {places[-1] if places else ''}".strip()
