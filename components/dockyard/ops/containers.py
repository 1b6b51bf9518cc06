"""Whether the containers of an instance are well, as Docker, or podman in its place, sees it."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dockyard.ops.verdict import Verdict, failure, ok, skipped

NAME = "containers"
SECONDS = 15
SERVICES = ("registry", "front")
PROJECT = "com.docker.compose.project.config_files"
SERVICE = "com.docker.compose.service"


def show_log(file: str, service: str) -> str:
    """The command that shows a container's log."""
    return f"docker compose --file {shlex.quote(file)} logs --tail 50 {service}"


def containers(file: str, services: Sequence[str] = SERVICES) -> Verdict:
    """file: the compose.yaml that they were made from, with these services."""
    try:
        found = [_tried(each) for each in _inspected(file)]
        engine = _engine()
    except FileNotFoundError:
        return failure(NAME, "docker is not installed any more", "install docker, then run `dockyard up`")
    except subprocess.CalledProcessError as error:
        said = " ".join(str(error.stderr).split())[:200]
        if os.geteuid() and "permission denied" in said:
            return skipped(NAME, "this user may not ask Docker", "sudo dockyard doctor")
        return failure(NAME, f"Docker does not answer: {said}", "systemctl status docker")
    return judge(file, found, engine, services)


def judge(file: str, found: list[dict[str, Any]], engine: str, services: Sequence[str] = SERVICES) -> Verdict:
    """found: as `docker container inspect` prints them. engine: its name and version."""
    states = {each["Config"]["Labels"][SERVICE]: each["State"] for each in found}
    for service in services:
        state = states.get(service)
        if state is None:
            return failure(NAME, f"{service} has no container", "dockyard up")
        if not state["Running"]:
            return failure(NAME, f"{service} is {state['Status']}", show_log(file, service))
        health = state.get("Health") or {"Status": "", "Log": []}
        if health["Status"] == "unhealthy":
            said = " ".join((health["Log"] or [{"Output": ""}])[-1]["Output"].split())[:200]
            return failure(NAME, f"{service} is not healthy: {said}", show_log(file, service))
    run = "run and are" if len(services) > 1 else "runs and is"
    return ok(NAME, f"{engine}: {' and '.join(services)} {run} not unhealthy")


def _tried(container: dict[str, Any]) -> dict[str, Any]:
    """With what its check says where nobody has run that yet: podman leaves it to systemd, which not every machine has."""
    state = container["State"]
    health = state.get("Health") or {}
    if not state["Running"] or health.get("Status") != "starting" or health.get("Log"):
        return container
    found: dict[str, Any] = {"Status": "healthy", "Log": []}
    try:
        _docker("container", "exec", container["Id"], *check_of(container))
    except subprocess.CalledProcessError as error:
        found = {"Status": "unhealthy", "Log": [{"Output": f"{error.stdout} {error.stderr}"}]}
    except subprocess.TimeoutExpired:
        found = {"Status": "unhealthy", "Log": [{"Output": f"no answer within {SECONDS} s"}]}
    return {**container, "State": {**state, "Health": found}}


def check_of(container: Mapping[str, Any]) -> list[str]:
    """The command that finds out whether it is well; nothing where there is none. container: as `docker container inspect` prints it."""
    kind, *words = (container["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
    return {"CMD": words, "CMD-SHELL": ["/bin/sh", "-c", *words]}.get(kind, [])


def _engine() -> str:
    version = json.loads(_docker("version", "--format", "{{json .Server}}"))
    return f"{engine_name(version)} {version.get('Version', '')}".strip()


def engine_name(server: Mapping[str, Any]) -> str:
    """podman or Docker. server: as `docker version` prints it of what answers."""
    parts = server.get("Components") or ()
    return "podman" if any("Podman" in str(part.get("Name")) for part in parts) else "Docker"


def _inspected(file: str) -> list[dict[str, Any]]:
    ids = _docker("container", "ls", "--all", "--quiet", "--filter", f"label={PROJECT}={Path(file)}").split()
    found: list[dict[str, Any]] = json.loads(_docker("container", "inspect", *ids)) if ids else []
    return found


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout
