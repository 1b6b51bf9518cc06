"""Whether Docker on the host at hand can run a registry, and why not. Standard library only: the agent asks the same."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from dockyard.self_hosted import engine as engines
from dockyard.self_hosted.engine import OTHERWISE, Engine, Refusal

SECONDS = 20.0
VARIABLES = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT")
"""How a user tells the program `docker` which daemon is meant, and where its plugins are."""
PLUGIN = "it comes with Docker's own packages, and as docker-compose-v2 with Ubuntu; version 1 (docker-compose) is not enough"


PODMAN = "install Docker's own with its plugin compose, and set DOCKER_HOST to podman's socket: unix:///run/podman/podman.sock"
NOT_INSTALLED = "the program docker is not installed"
DENIED = "run it as root (on another host: `target/ssh/sudo`), or as a user of the group docker, who is root by another name"


def refusal(environment: Mapping[str, str]) -> Refusal | None:
    """None where a daemon of this host answers that can run the registry."""
    try:
        asked = _asked(environment, "info", "--format", "{{json .}}")
        info: dict[str, Any] = json.loads(asked.stdout)
        if found := _of_the_client(info, asked.stderr) or _of_the_daemon(info):
            return found
        endpoint = _endpoint(environment)
    except FileNotFoundError:
        return Refusal(NOT_INSTALLED, f"install it (dockyard does not), or {OTHERWISE}")
    except (subprocess.TimeoutExpired, ValueError) as error:
        return Refusal(f"docker gives no usable answer: {type(error).__name__}", OTHERWISE)
    if not endpoint.startswith("unix://"):
        return Refusal(f"docker speaks to another machine: {endpoint}", "the files are on this one")
    try:
        return engines.refusal_of(_engine(environment, info, endpoint), environment)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return Refusal(f"docker gives no usable answer: {type(error).__name__}", OTHERWISE)


def engine(environment: Mapping[str, str]) -> Engine | None:
    """What answers the program `docker`; None for nothing on this machine."""
    try:
        info = json.loads(_asked(environment, "info", "--format", "{{json .}}").stdout)
        return _engine(environment, info, _endpoint(environment))
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def limits(environment: Mapping[str, str]) -> bool:
    """Whether containers can be given limits, as far as an engine answers."""
    found = engine(environment)
    return found is None or engines.limits(found)


def run_by_us(environment: Mapping[str, str]) -> bool:
    """Whether this very user runs it, and is not root."""
    try:
        owner = engines.owner(_endpoint(environment).removeprefix("unix://"))
    except (OSError, subprocess.TimeoutExpired):
        return False
    return owner == os.geteuid() != 0


def _engine(environment: Mapping[str, str], info: Mapping[str, Any], endpoint: str) -> Engine:
    version = json.loads(_asked(environment, "version", "--format", "{{json .}}").stdout)
    return engines.engine(info, version, endpoint.removeprefix("unix://"))


def _endpoint(environment: Mapping[str, str]) -> str:
    where = ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
    return _asked(environment, *where).stdout.strip()


def _of_the_client(info: Mapping[str, Any], complaint: str) -> Refusal | None:
    """complaint: what it said beside the answer."""
    if "ServerVersion" not in info:
        return Refusal("the program docker is podman's", f"{PODMAN}, or {OTHERWISE}")
    if not info["ServerVersion"]:
        said = " ".join([*map(str, info.get("ServerErrors") or ()), *complaint.split()])[:200]
        denied = "permission denied" in said
        said = "permission denied" if denied else said
        hint = DENIED if denied else f"start it: {_start(said)}"
        return Refusal(f"the Docker daemon does not answer: {said}", hint)
    plugins = (info.get("ClientInfo") or {}).get("Plugins") or ()
    versions = [str(plugin.get("Version", "")) for plugin in plugins if plugin.get("Name") == "compose"]
    if not versions or versions[0].lstrip("v").split(".")[0] in ("", "0", "1"):
        return Refusal("the plugin `docker compose` is not installed", PLUGIN)
    return None


def _start(said: str) -> str:
    if "podman" not in said:
        return "systemctl start docker"
    user = "--user " if "/run/user/" in said else ""
    return f"systemctl {user}enable --now podman.socket"


def _of_the_daemon(info: Mapping[str, Any]) -> Refusal | None:
    options = " ".join(map(str, info.get("SecurityOptions") or ()))
    if info.get("OSType") != "linux" or "Docker Desktop" in str(info.get("OperatingSystem")):
        return Refusal(
            "Docker runs in a machine of its own, whose network and folders are not this one's", OTHERWISE
        )
    if "name=userns" in options:
        return Refusal("the daemon remaps users (userns-remap): files would belong to others", OTHERWISE)
    return None


def _asked(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["docker", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
