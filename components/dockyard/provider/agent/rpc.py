"""supervisord's XML-RPC over its unix socket. See http://supervisord.org/api.html"""

import base64
import configparser
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.ports import command_line

START_SECONDS = 20.0
STOP_SECONDS = 120.0


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=STOP_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str, login: str) -> None:
        token = base64.b64encode(login.encode()).decode()
        super().__init__(headers=[("Authorization", f"Basic {token}")] if login else [])
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        # The base class closes what stands here.
        self._connection = host, connection
        return connection


class Supervisor:
    """One supervisord, by its configuration file."""

    def __init__(self, path: str, text: str) -> None:
        """path: where the configuration stands; text: its content, which need not be there yet."""
        self._path = path
        # supervisord expands %(here)s and %(ENV_x)s itself: no interpolation by configparser.
        parser = configparser.RawConfigParser(inline_comment_prefixes=(";",), strict=False)
        parser.read_string(text)
        self._settings = parser
        here = os.path.dirname(path)
        self._socket = parser.get("unix_http_server", "file").replace("%(here)s", here)
        self._pidfile = parser.get("supervisord", "pidfile", fallback="").replace("%(here)s", here)
        user = parser.get("unix_http_server", "username", fallback="")
        self._login = f"{user}:{parser.get('unix_http_server', 'password', fallback='')}" if user else ""

    def call(self, method: str, *arguments: Any) -> Any:
        """The answer of one method of the `supervisor` name space. Raises OSError where nobody answers, xmlrpc.client.Fault."""
        transport = _Transport(self._socket, self._login)
        with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def pid(self) -> int:
        """Its process id; 0 where it does not run."""
        with suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            return int(self.call("getPID"))
        return 0

    def processes(self) -> dict[str, dict[str, Any]]:
        """Program name -> its state; empty where supervisord does not run."""
        try:
            return {entry["name"]: entry for entry in self.call("getAllProcessInfo")}
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}

    def begins_again(self, name: str) -> bool:
        """Whether its settings have it begin the program by itself, however that ends."""
        return self._settings.get(f"program:{name}", "autorestart", fallback="") == "true"

    def restart(self, name: str) -> None:
        """Ends a program that `begins_again`, and returns once it has. Raises xmlrpc.client.Fault, DockyardError.

        It is not left stopped, whatever ends this process meanwhile.
        """
        section = f"program:{name}"
        before = self.processes().get(name, {}).get("pid", 0)
        self.call("signalProcess", name, self._settings.get(section, "stopsignal", fallback="TERM"))
        patience = self._settings.getint(section, "stopwaitsecs", fallback=10)
        if not self._replaced(name, before, patience):
            self.call("signalProcess", name, "KILL")
            if not self._replaced(name, before, STOP_SECONDS):
                raise DockyardError(
                    f"{name} (pid {before}) does not end", f"look why, then: kill -9 {before}"
                )

    def _replaced(self, name: str, before: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = self.processes().get(name, {})
            # EXITED: about to be started.
            if now and now["pid"] != before and now["statename"] != "EXITED":
                return True
            time.sleep(0.05)
        return False

    def start(self) -> None:
        """Starts it, apart from this process and with no secret of its environment, and waits until it answers."""
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", self._path]
        done = subprocess.run(
            command,
            cwd="/",
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            timeout=START_SECONDS,
            check=False,
        )
        deadline = time.monotonic() + START_SECONDS
        while done.returncode == 0 and time.monotonic() < deadline:
            if self.pid():
                return
            time.sleep(0.05)
        output = done.stdout.decode(errors="replace").strip().splitlines()[-20:]
        raise DockyardError("\n    ".join(["supervisord does not start:", *output, *self.log_tail()]))

    def log_tail(self) -> list[str]:
        """The end of supervisord's own log."""
        parser = configparser.RawConfigParser(inline_comment_prefixes=(";",), strict=False)
        with suppress(OSError, configparser.Error, UnicodeDecodeError):
            parser.read(self._path)
            return Path(parser.get("supervisord", "logfile")).read_text().splitlines()[-10:]
        return []

    def stop(self) -> bool:
        """Ends it with all its programs; False where it did not run."""
        pid = self.pid() or self._recorded_pid()
        if not pid:
            return False
        try:
            self.call("shutdown")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._runs(pid):
            if time.monotonic() > deadline:
                raise DockyardError(f"supervisord (pid {pid}) does not end", f"look why, then: kill -9 {pid}")
            time.sleep(0.05)
        return True

    def _recorded_pid(self) -> int:
        """The process that the pid file names, if it is this supervisord (and not one that took over its number)."""
        with suppress(OSError, ValueError):
            pid = int(Path(self._pidfile).read_text())
            return pid if self._runs(pid) else 0
        return 0

    def _runs(self, pid: int) -> bool:
        return self._path in command_line(pid)
