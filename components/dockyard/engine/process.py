"""Child processes of the engine: the program and the plugins. None outlives the engine, even where that is
killed by SIGKILL.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, cast

OnLine = Callable[[str, str], None]

# Linux sends the signal when the *thread* that started the child ends, so one thread that lives as long as
# the engine starts them all.
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="starter")
# The parent may be gone before prctl is called: then nobody would ever send the signal, hence the comparison.
_LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""
_TAIL = 50


class Child:
    """A running child in a process group of its own, so that Ctrl-C at the terminal reaches the engine
    alone.
    """

    def __init__(self, popen: subprocess.Popen[str], on_line: OnLine) -> None:
        self._popen = popen
        self._on_line = on_line
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._readers: list[threading.Thread] = []
        self._read("stderr")

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def tail(self) -> str:
        """The last lines that it wrote to stderr."""
        return "\n".join(self._tail)

    def first_line(self) -> str:
        """Its first line on stdout, "" where it ends without one; the lines after it go to `on_line`."""
        line = cast(IO[str], self._popen.stdout).readline().strip()
        if not line:
            self.wait()
        self._read("stdout")
        return line

    def follow(self) -> None:
        """Send every line of stdout to `on_line`."""
        self._read("stdout")

    def _read(self, stream: str) -> None:
        reader = threading.Thread(target=self._pump, args=(stream,), daemon=True, name=f"{stream}-{self.pid}")
        reader.start()
        # Not before: another thread may be waiting for all readers, and one that has not begun cannot be waited for.
        self._readers.append(reader)

    def _pump(self, stream: str) -> None:
        pipe = getattr(self._popen, stream)
        for line in pipe:
            if stream == "stderr":
                self._tail.append(line.rstrip("\n"))
            self._on_line(stream, line.rstrip("\n"))
        pipe.close()

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._popen.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended and all its output is passed on. Raises
        subprocess.TimeoutExpired.
        """
        code = self._popen.wait(timeout)
        for reader in self._readers:
            # A grandchild may hold the pipe open for ever.
            reader.join(2.0)
        return code

    def stop(self, grace: float = 5.0) -> None:
        """SIGTERM to its group, SIGKILL after `grace` seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._popen.poll() is not None:
                break
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                break
            try:
                self._popen.wait(grace)
            except subprocess.TimeoutExpired:
                continue
        self.wait()


def start(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], on_line: OnLine, text: str = ""
) -> Child:
    """Start a program and write `text` to its stdin. Its lines go to `on_line(stream, line)`, from threads.
    Raises OSError.
    """
    if sys.platform.startswith("linux"):
        argv = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *argv]
    popen = _STARTER.submit(_popen, list(argv), cwd, dict(env)).result()
    with contextlib.suppress(BrokenPipeError), cast(IO[str], popen.stdin) as pipe:
        pipe.write(text)
    return Child(popen, on_line)


def _popen(argv: list[str], cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        bufsize=1,
        process_group=0,
    )
