"""restic, by its command line. Secrets reach it by files and its environment; never by an argument."""

import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops.accounts import become
from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError
from dockyard.ops.restic_locks import left
from dockyard.ops.settings import Settings

TAG = "dockyard"
LINES = 10
INSTALL = "install it: sudo apt-get install restic"
MISSING_REPOSITORY = ("Is there a repository at the following location", "repository does not exist")
MISSING_FILE = "not found in snapshot"
LOCKED = "unable to create lock"
SAID = (
    ("wrong password or no key found", "the password does not open the repository", "PASSWORD"),
    ("no space left on device", "no space left where the repository or the restored files stand", "SPACE"),
    (LOCKED, "another restic is at work on the repository", "LOCK"),
)
HINTS = {
    "PASSWORD": "give the one that the repository was made with, as `password` of `backup`",
    "SPACE": "free some, keep fewer snapshots, or name a repository on another disk",
    "LOCK": "try again when it has ended",
}


class MissingRepository(OpsError):
    """There is no repository at the address."""


class Restic:
    """One repository."""

    def __init__(self, settings: Settings) -> None:
        """Raises OpsError where there is no restic."""
        program = shutil.which("restic", path="/usr/local/bin:/usr/bin:/bin")
        if program is None:
            raise OpsError("restic is not installed", INSTALL)
        self._base = [
            program,
            f"--repository-file={settings.repository_file}",
            f"--password-file={settings.password_file}",
            f"--cache-dir={settings.state / 'cache'}",
            "--cleanup-cache",
        ]
        self._settings = settings

    def exists(self) -> bool:
        """Whether there is a repository. Raises OpsError where that cannot be told."""
        done = self._run("cat", "config")
        if done.returncode and any(text in done.stderr for text in MISSING_REPOSITORY):
            return False
        self._check(done, "cat config")
        return True

    def make(self) -> None:
        self._call("init")

    def backup(self, paths: Sequence[Path]) -> dict[str, Any]:
        """The summary of a new snapshot. One that lacks files is forgotten again and is an error."""
        host = f"--host={self._settings.instance}"
        done = self._run("backup", "--json", f"--tag={TAG}", host, "--", *map(str, paths))
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        summaries = [event for event in events if event.get("message_type") == "summary"]
        if done.returncode == 3 and summaries:
            self._call("forget", "--quiet", summaries[0]["snapshot_id"])
        self._check(done, "backup")
        summary: dict[str, Any] = summaries[0]
        return summary

    def snapshots(self) -> list[dict[str, Any]]:
        """This instance's, the oldest first."""
        host = f"--host={self._settings.instance}"
        found = json.loads(self._call("snapshots", "--json", f"--tag={TAG}", host) or "[]") or []
        return sorted(found, key=lambda snapshot: str(snapshot["time"]))

    def forget(self) -> None:
        """Drops the snapshots that nothing keeps, and their data."""
        kept = [f"--keep-{unit}={count}" for unit, count in self._settings.keep.items() if count]
        host = f"--host={self._settings.instance}"
        select = (f"--tag={TAG}", host, "--group-by=host", "--keep-last=1")
        self._call("forget", "--quiet", "--prune", *select, *kept)

    def size(self, snapshot: str) -> int:
        """The bytes that a snapshot takes when it is restored."""
        return int(json.loads(self._call("stats", "--json", "--mode=restore-size", snapshot))["total_size"])

    def restore(self, snapshot: str, folder: Path) -> None:
        """The snapshot's files, below the folder under their whole paths."""
        self._call("restore", "--quiet", f"--target={folder}", snapshot)

    def dump(self, snapshot: str, path: str, account: str, take: Callable[[int], None]) -> str:
        """Hands one file of a snapshot to `take`, as a descriptor to read from; where this is root, restic runs as the account.

        Gives what restic says of its failure; "" after a success, and where the snapshot has no such file.
        """
        command = [*self._base, "dump", "--quiet", snapshot, path]
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as errors, os.fdopen(reading, "rb") as stream:
            process = subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=errors,
                preexec_fn=partial(_begin, account),
            )
            os.close(writing)
            try:
                take(stream.fileno())
            finally:
                # Where nobody has read to the end, restic ends too.
                stream.close()
                process.wait()
            errors.seek(0)
            said = errors.read().decode(errors="replace")
        if MISSING_FILE in said:
            return ""
        try:
            self._check(subprocess.CompletedProcess(command, process.returncode, "", said), "dump")
        except OpsError as error:
            return error.message
        return ""

    def check(self, part: int, parts: int) -> None:
        """The repository's structure, and one part of its data read and compared."""
        self._call("check", "--quiet", f"--read-data-subset={part}/{parts}")

    def _call(self, *arguments: str) -> str:
        done = self._run(*arguments)
        self._check(done, arguments[0])
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Where the repository is locked, and by nobody any more, the locks are removed for a second try."""
        done = self._run_once(*arguments)
        if done.returncode == 0 or LOCKED not in done.stderr or not self._left():
            return done
        self._check(self._run_once("unlock", "--remove-all", "--quiet"), "unlock")
        return self._run_once(*arguments)

    def _left(self) -> bool:
        """Whether all locks are of processes that are gone."""
        listed, now = self._run_once("list", "locks", "--no-lock"), datetime.datetime.now(datetime.UTC)
        shown = [self._run_once("cat", "lock", name, "--no-lock") for name in listed.stdout.split()]
        whole = not any(done.returncode for done in (listed, *shown))
        return whole and all(left(json.loads(done.stdout), now) for done in shown)

    def _run_once(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self._base, *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            preexec_fn=end_with_parent,
            check=False,
        )

    def _check(self, done: "subprocess.CompletedProcess[str]", what: str) -> None:
        if done.returncode == 0:
            return
        for text, message, hint in SAID:
            if text in done.stderr:
                raise OpsError(f"restic {what}: {message}", HINTS[hint])
        if any(text in done.stderr for text in MISSING_REPOSITORY):
            raise MissingRepository("there is no backup repository yet", "`dockyard backup` makes it")
        secrets = self._secrets()
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()][-LINES:]
        shown = "\n    ".join([f"restic {what} failed (exit code {done.returncode}):", *lines])
        for secret in secrets:
            shown = shown.replace(secret, "[secret]")
        raise OpsError(shown)

    def _variables(self) -> dict[str, str]:
        try:
            lines = self._settings.environment_file.read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def _secrets(self) -> list[str]:
        """What must not be shown: the values that were given for the repository, and its address where it has a password."""
        address = self._settings.repository_file.read_text().strip()
        values = [value for value in self._variables().values() if len(value) >= 4]
        password = re.search(r"://[^/@]*?:([^/@]+)@", address)
        if password:
            values += [address, password[1]]
        return sorted(values, key=len, reverse=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        kept.setdefault("HOME", "/nonexistent")
        return {**kept, **self._variables(), "LC_ALL": "C.UTF-8"}


def _begin(account: str) -> None:
    """In the child, before restic."""
    if account and os.geteuid() == 0:
        become(account)
    end_with_parent()
