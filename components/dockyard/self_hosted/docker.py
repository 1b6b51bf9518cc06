"""Whether Docker on the host at hand can run a registry, and why not. Standard library only: the agent asks the same."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

SECONDS = 20.0
VARIABLES = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT")
"""How a user tells the program `docker` which daemon is meant, and where its plugins are."""
PLUGIN = "it comes with Docker's own packages, and as docker-compose-v2 with Ubuntu; version 1 (docker-compose) is not enough"


NOT_INSTALLED = "the program docker is not installed"
DENIED = "run it as root (on another host: `target/ssh/sudo`), or as a user of the group docker, who is root by another name"


class Refusal(NamedTuple):
    """Why Docker cannot be used, and what to do about it."""

    reason: str
    hint: str = ""


def refusal(environment: Mapping[str, str]) -> Refusal | None:
    """None where a daemon of this host answers that can run the registry."""
    try:
        asked = _asked(environment, "info", "--format", "{{json .}}")
        info: dict[str, Any] = json.loads(asked.stdout)
        if found := _of_the_client(info, asked.stderr) or _of_the_daemon(info):
            return found
        version = json.loads(_asked(environment, "version", "--format", "{{json .}}").stdout)
        parts = (version.get("Server") or {}).get("Components") or ()
        if any("Podman" in str(part.get("Name")) for part in parts):
            return Refusal("podman answers in Docker's place", _OTHERWISE)
        where = ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        endpoint = _asked(environment, *where).stdout.strip()
    except FileNotFoundError:
        return Refusal(NOT_INSTALLED, f"install it (dockyard does not), or {_OTHERWISE}")
    except (subprocess.TimeoutExpired, ValueError) as error:
        return Refusal(f"docker gives no usable answer: {type(error).__name__}", _OTHERWISE)
    if not endpoint.startswith("unix://"):
        return Refusal(f"docker speaks to another machine: {endpoint}", "the files are on this one")
    return None


_OTHERWISE = 'set runtime to "systemd" or "supervisor"'


def _of_the_client(info: Mapping[str, Any], complaint: str) -> Refusal | None:
    """complaint: what it said beside the answer."""
    if "ServerVersion" not in info:
        return Refusal("the program docker is podman's", _OTHERWISE)
    if not info["ServerVersion"]:
        said = " ".join([*map(str, info.get("ServerErrors") or ()), *complaint.split()])[:200]
        denied = "permission denied" in said
        said = "permission denied" if denied else said
        hint = DENIED if denied else "start it: systemctl start docker"
        return Refusal(f"the Docker daemon does not answer: {said}", hint)
    plugins = (info.get("ClientInfo") or {}).get("Plugins") or ()
    versions = [str(plugin.get("Version", "")) for plugin in plugins if plugin.get("Name") == "compose"]
    if not versions or versions[0].lstrip("v").split(".")[0] in ("", "0", "1"):
        return Refusal("the plugin `docker compose` is not installed", PLUGIN)
    return None


def _of_the_daemon(info: Mapping[str, Any]) -> Refusal | None:
    options = " ".join(map(str, info.get("SecurityOptions") or ()))
    if info.get("OSType") != "linux" or "Docker Desktop" in str(info.get("OperatingSystem")):
        return Refusal(
            "Docker runs in a machine of its own, whose network and folders are not this one's", _OTHERWISE
        )
    if "name=rootless" in options:
        reason = "rootless Docker has a network of its own: clients' addresses would be lost"
        return Refusal(reason, _OTHERWISE)
    if "name=userns" in options:
        return Refusal("the daemon remaps users (userns-remap): files would belong to others", _OTHERWISE)
    return None


def _asked(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["docker", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
