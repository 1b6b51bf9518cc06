"""A user of this machine who is not root, for as long as a test runs; and a clone of this project that is his."""

import os
import random
import shutil
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dockyard.self_hosted.facts import local_facts
from dockyard.self_hosted.paths import instance_paths

from tests.support.clone import Clone
from tests.support.instance import wait_until

SYSTEM_PYTHON = "/usr/bin/python3"
"""That everybody may run."""
NUMBERS = range(20_000, 60_000)
"""Of such users. Accounts of throw-away hosts have lower ones: their processes are seen here, and would be ended with his."""


def missing() -> str:
    """Why there can be none; "" where there can."""
    if os.geteuid() != 0:
        return "only root can make accounts"
    if absent := [name for name in ("useradd", "setpriv", "newuidmap") if not shutil.which(name)]:
        return f"not installed: {', '.join(absent)}"
    code = "import sys; print(sys.version_info[:2])"
    told = subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True, text=True, check=False).stdout
    ours = str(sys.version_info[:2])
    return "" if told.strip() == ours else f"the system's Python is another than ours: {told.strip()} {ours}"


@dataclass(frozen=True)
class User:
    """home: with a folder `run`, as signing in makes one."""

    name: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "USER": self.name,
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "XDG_RUNTIME_DIR": str(self.home / "run"),
        }

    def command(self, *command: str, environment: Mapping[str, str] = {}) -> list[str]:
        """A command line of root's that runs a command as him."""
        variables = [f"{name}={value}" for name, value in {**self.environment, **environment}.items()]
        drop = ("setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--init-groups")
        return [*drop, "env", "-i", *variables, *command]

    def gives(self, *command: str, environment: Mapping[str, str] = {}) -> str:
        line = self.command(*command, environment=environment)
        done = subprocess.run(line, capture_output=True, text=True, cwd="/", timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def ordinary(folder: Path) -> Iterator[User]:
    """With subordinate numbers, which useradd gives where the package uidmap is there. folder: of root's, that others may enter."""
    user = User(f"dockyard-{uuid.uuid4().hex[:8]}", folder / "home")
    number = str(random.choice(NUMBERS))
    subprocess.run(
        ["useradd", "--uid", number, "--create-home", "--home-dir", str(user.home), user.name], check=True
    )
    try:
        (user.home / "run").mkdir(mode=0o700)
        give(user.home / "run", user)
        yield user
    finally:
        wait_until(lambda: _removed(user), f"{user.name} to be gone")


def _removed(user: User) -> bool:
    """Not as long as a process of his is about to end."""
    subprocess.run(["pkill", "-KILL", "-u", user.name], check=False)
    return subprocess.run(["userdel", user.name], capture_output=True, check=False).returncode == 0


def give(path: Path, user: User) -> None:
    subprocess.run(["chown", "-R", f"{user.name}:{user.name}", str(path)], check=True)


class UsersClone(Clone):
    """Of a user, with an environment of the system's Python."""

    def __init__(self, user: User) -> None:
        super().__init__(user.home)
        self.user = user
        self.environment = {
            **user.environment,
            "DOCKYARD_ENGINE": "embedded",
            "PYTHONPATH": str(self.root / "components"),
        }
        give(self.root, user)
        facts = replace(local_facts(self.root / ".state"), root=False)
        self.paths = instance_paths(facts, f"{self.name}-local")

    def _make_environment(self) -> None:
        super()._make_environment()
        made, scripts = self.root / ".env-of-user", self.root / ".venv" / "bin"
        subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", str(made)], check=True)
        packages = Path(next(made.glob("lib/python3.*/site-packages")))
        (packages / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        for name, words in (("python", ""), ("dockyard", "-m dockyard.cli")):
            (scripts / name).write_text(f'#!/bin/sh\nexec {made}/bin/python {words} "$@"\n')

    def run(self, *command: str, ok: bool = True) -> "subprocess.CompletedProcess[str]":
        give(self.root / "stacks", self.user)
        line = self.user.command(*command, environment=self.environment)
        return super().run(*line, ok=ok)
