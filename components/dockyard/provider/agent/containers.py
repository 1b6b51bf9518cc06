"""Containers: whether they run as compose.yaml says, and what has to happen so that they do."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.errors import DockyardError
from dockyard.ops.containers import check_of
from dockyard.provider.agent import docker
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, Service

HEALTH_SECONDS = 90.0
MOST_RESTARTS = 4
"""So often Docker may start containers again before they count as broken."""
LINES = 20
HASH = "com.docker.compose.config-hash"
HOST_KEYS = (
    "Binds",
    "CapAdd",
    "CapDrop",
    "Devices",
    "GroupAdd",
    "Init",
    "IpcMode",
    "LogConfig",
    "Memory",
    "MemorySwap",
    "Mounts",
    "NanoCpus",
    "NetworkMode",
    "PidMode",
    "PidsLimit",
    "Privileged",
    "ReadonlyRootfs",
    "RestartPolicy",
    "SecurityOpt",
    "Tmpfs",
    "Ulimits",
    "UsernsMode",
)
CONFIG_KEYS = ("Cmd", "Entrypoint", "Env", "Healthcheck", "Image", "StopSignal", "User")
State = Mapping[str, Any]


def contained(bundle: Bundle) -> list[Service]:
    return [service for service in bundle.services if service.container]


def running(bundle: Bundle, found: Mapping[str, State] | None = None) -> dict[str, int]:
    """Service -> first process, of those whose containers run."""
    found = docker.states(bundle) if found is None else found
    pairs = ((service.name, found.get(service.container)) for service in contained(bundle))
    return {name: int(state["State"]["Pid"]) for name, state in pairs if state and _runs(state)}


def processes(bundle: Bundle) -> set[int]:
    """The first process of every container, also of one that is paused."""
    return {int(state["State"]["Pid"]) for state in docker.states(bundle).values()}


def published(bundle: Bundle) -> set[tuple[str, int]]:
    """The addresses and ports of this host that Docker holds for the containers: no process of theirs does."""
    bindings = [
        binding
        for state in docker.states(bundle).values()
        for found in (state["NetworkSettings"]["Ports"] or {}).values()
        for binding in found or ()
    ]
    return {(binding["HostIp"], int(binding["HostPort"])) for binding in bindings}


def _runs(container: State) -> bool:
    state = container["State"]
    return bool(state["Running"] and not state["Paused"] and not state["Restarting"])


def differing(bundle: Bundle, record: Record) -> dict[str, str]:
    """Service -> what its running container needs: "recreate" for one that was made otherwise, "restart" for one that has
    folders before its eyes that are there no more.
    """
    found = docker.states(bundle)
    if bundle.containers is None or not found:
        return {}
    hashes = _hashes(bundle)
    needs = {}
    for service in contained(bundle):
        container = found.get(service.container)
        if container is None or not _runs(container):
            continue
        made_so = container["Config"]["Labels"].get(HASH) == hashes.get(service.container)
        if not made_so or record.loaded.get(f"container:{service.name}") != fingerprint(container):
            needs[service.name] = "recreate"
        elif _stale(container):
            needs[service.name] = "restart"
    return needs


def _hashes(bundle: Bundle) -> dict[str, str]:
    """Service of compose.yaml -> what Docker Compose calls its configuration; none for a file that it does not take."""
    if bundle.containers is None:
        return {}
    try:
        lines = docker.compose(bundle.containers, "config", "--hash", "*").splitlines()
    except DockyardError:
        return {}
    return {name: digest for name, _, digest in (line.partition(" ") for line in lines)}


def fingerprint(container: State) -> str:
    """A digest of how the container was made; `docker update` changes it too."""
    host, config = container["HostConfig"], container["Config"]
    made = {key: host.get(key) for key in HOST_KEYS} | {key: config.get(key) for key in CONFIG_KEYS}
    # podman adds this one once it has started a container again.
    made["Env"] = [entry for entry in made["Env"] or () if not entry.startswith("HOME=")]
    text = json.dumps({**made, "image": container["Image"]}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprints(bundle: Bundle) -> dict[str, str]:
    """What the record remembers of containers that are well."""
    found = docker.states(bundle)
    return {
        f"container:{service.name}": fingerprint(found[service.container])
        for service in contained(bundle)
        if service.container in found
    }


def _stale(container: State) -> bool:
    """Whether a folder was removed and made again: the container goes on with the old one."""
    root = f"/proc/{container['State']['Pid']}/root"
    for mount in container["Mounts"]:
        if mount["Type"] != "bind":
            continue
        try:
            inside, outside = os.stat(root + mount["Destination"]), os.stat(mount["Source"])
        except PermissionError:
            continue
        except OSError:
            return True
        if (inside.st_dev, inside.st_ino) != (outside.st_dev, outside.st_ino):
            return True
    return False


def apply(plan: Plan, record: Record, needs: Mapping[str, str]) -> Iterator[str]:
    """Brings the containers up to date; gives what was done. needs: service -> action."""
    bundle = plan.bundle
    if bundle.containers is None or not needs:
        return
    before = docker.states(bundle)
    for name, container in before.items():
        if container["State"]["Paused"]:
            docker.docker("container", "unpause", container["Id"])
            yield f"unpaused {name}"
    if {"start", "recreate"} & set(needs.values()):
        docker.compose(bundle.containers, "up", "--detach", "--pull=never", "--remove-orphans")
    for service in contained(bundle):
        action = needs.get(service.name)
        if action:
            _act(bundle, service, action, before.get(service.container))
            yield f"{action.rstrip('e')}ed {service.name}"


def _act(bundle: Bundle, service: Service, action: str, before: State | None) -> None:
    """What Docker Compose has not done of itself: it looks at its own file only."""
    now = docker.states(bundle).get(service.container)
    if bundle.containers is None or now is None:
        raise DockyardError(f"{service.name}: Docker has made no container")
    if before is None or now["Id"] != before["Id"]:
        return
    if action == "recreate":
        arguments = ("--detach", "--pull=never", "--no-deps", "--force-recreate")
        docker.compose(bundle.containers, "up", *arguments, service.container)
    elif now["State"]["StartedAt"] != before["State"]["StartedAt"]:
        return
    elif action == "restart":
        docker.compose(bundle.containers, "restart", "--no-deps", service.container)
    elif action == "reload":
        docker.docker("container", "kill", "--signal=HUP", now["Id"])


def wait_until_well(bundle: Bundle, seconds: float = HEALTH_SECONDS) -> None:
    """Returns once the check of every container's health has succeeded. Raises DockyardError with what it says."""
    deadline = time.monotonic() + seconds
    before, said = _restarts(bundle), _unwell(bundle)
    while said:
        if time.monotonic() > deadline or _restarts(bundle) > before + MOST_RESTARTS:
            raise DockyardError(said)
        time.sleep(0.5)
        said = _unwell(bundle)


def _restarts(bundle: Bundle) -> int:
    return sum(int(container["RestartCount"]) for container in docker.states(bundle).values())


def _unwell(bundle: Bundle) -> str:
    """Runs the checks here and now: Docker's own come every few seconds, its verdict after several."""
    if bundle.containers is None:
        return ""
    found = docker.states(bundle)
    for service in contained(bundle):
        container = found.get(service.container)
        if container is None or not _runs(container):
            return _told(bundle, service.name, "does not run")
        if command := check_of(container):
            done = docker.attempt("container", "exec", container["Id"], *command, seconds=30)
            if done.returncode:
                if _has_ended(container, docker.states(bundle).get(service.container)):
                    return _told(bundle, service.name, "does not run")
                said = " ".join(f"{done.stdout} {done.stderr}".split())[-300:]
                return _told(bundle, service.name, f"is not well: {said}")
    return ""


def _has_ended(before: State, now: State | None) -> bool:
    """Whether it has ended since, though Docker may have started it again: then its check did not fail, it was cut off."""
    return now is None or not _runs(now) or now["State"]["StartedAt"] != before["State"]["StartedAt"]


def _told(bundle: Bundle, name: str, what: str) -> str:
    lines = [
        f"{name} {what}",
        f"the end of the log of {name}:",
        *(f"  {it}" for it in log_tail(bundle, name)),
    ]
    return "\n    ".join(lines)


def log_tail(bundle: Bundle, name: str) -> list[str]:
    inside = {service.name: service.container for service in contained(bundle)}
    container = docker.states(bundle).get(inside.get(name, ""))
    if container is None:
        return []
    done = docker.attempt("container", "logs", "--tail", str(LINES), container["Id"])
    error = [container["State"]["Error"]] if container["State"].get("Error") else []
    return [*error, *(done.stdout + done.stderr).splitlines()[-LINES:]]


def down(bundle: Bundle) -> list[str]:
    """Stops and removes the containers; images stay. Nothing is said where there are none."""
    if bundle.containers is None or not docker.states(bundle):
        return []
    place = ("--project-name", bundle.containers.project)
    docker.docker("compose", "--ansi=never", *place, "down", "--volumes", "--remove-orphans")
    return ["stopped and removed the containers; their images stay"]
