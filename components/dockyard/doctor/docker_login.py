"""The login that Docker has for a registry: config.json, and the credential helpers that it names."""

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError

SECONDS = 20
HUB_KEY = "https://index.docker.io/v1/"
HUB_HOST = "registry-1.docker.io"
HELPER = re.compile(r"[A-Za-z0-9_.-]+")


def find(place: str) -> tuple[str, str]:
    """User and password. Raises DockyardError where Docker has none, or one that is no password."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    key = HUB_KEY if place == HUB_HOST else place
    hint = f"docker login {'' if key == HUB_KEY else place}".strip()
    try:
        read = json.loads((folder / "config.json").read_text())
    except FileNotFoundError:
        raise DockyardError(f"Docker has no logins: there is no {folder / 'config.json'}", hint) from None
    except ValueError:
        raise DockyardError(
            f"{folder / 'config.json'} is no JSON", "mend it, or remove it and log in again"
        ) from None
    found = _helped(read, key, hint) or _written(read, key)
    if found is None:
        raise DockyardError(f"Docker has no login for {place}", hint)
    if found[0] == "<token>":
        raise DockyardError(
            f"Docker's login for {place} is an identity token",
            "give a user: --username USER --password-stdin",
        )
    return found


def _written(read: Mapping[str, Any], key: str) -> tuple[str, str] | None:
    entry = (
        next((entry for name, entry in (read.get("auths") or {}).items() if _host(name) == _host(key)), None)
        or {}
    )
    try:
        username, mark, password = base64.b64decode(entry.get("auth") or "").decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (username, password) if mark else None


def _host(key: str) -> str:
    """Older logins were kept by address."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _helped(read: Mapping[str, Any], key: str, hint: str) -> tuple[str, str] | None:
    """Of a helper: the one of this registry, else the store of all."""
    name = (read.get("credHelpers") or {}).get(key) or read.get("credsStore")
    if not name:
        return None
    program = f"docker-credential-{name}"
    if not HELPER.fullmatch(str(name)):
        raise DockyardError(
            f"config.json names a credential helper {name!r}", "its name is part of a program's name"
        )
    try:
        done = subprocess.run(
            [program, "get"], input=key, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        found = json.loads(done.stdout) if done.returncode == 0 else {}
    except (FileNotFoundError, subprocess.TimeoutExpired, ValueError) as error:
        raise DockyardError(f"{program} gives no login: {type(error).__name__}", hint) from None
    username, password = found.get("Username"), found.get("Secret")
    return (str(username), str(password)) if username and password else None
