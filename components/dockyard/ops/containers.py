"""Whether the containers of an instance are well, as Docker sees it."""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
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
        found = _inspected(file)
    except FileNotFoundError:
        return failure(NAME, "docker is not installed any more", "install docker, then run `dockyard up`")
    except subprocess.CalledProcessError as error:
        said = " ".join(str(error.stderr).split())[:200]
        if os.geteuid() and "permission denied" in said:
            return skipped(NAME, "this user may not ask Docker", "sudo dockyard doctor")
        return failure(NAME, f"Docker does not answer: {said}", "systemctl status docker")
    return judge(file, found, services)


def judge(file: str, found: list[dict[str, Any]], services: Sequence[str] = SERVICES) -> Verdict:
    """found: as `docker container inspect` prints them."""
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
    return ok(NAME, f"{' and '.join(services)} {run} not unhealthy")


def _inspected(file: str) -> list[dict[str, Any]]:
    ids = _docker("container", "ls", "--all", "--quiet", "--filter", f"label={PROJECT}={Path(file)}").split()
    found: list[dict[str, Any]] = json.loads(_docker("container", "inspect", *ids)) if ids else []
    return found


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout
