"""The request: a bundle as it travels (see `dockyard.resources.inputs`), back as a Bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard.self_hosted.bundle import (
    Account,
    Bundle,
    Check,
    Containers,
    Directory,
    File,
    RegistryProgram,
    Requirement,
    Runtime,
    Service,
)

REQUIRED = ("binaries", "ports", "writable", "programs")


@dataclass(frozen=True)
class Plan:
    """What one request is about."""

    id: str
    """The resource's id; names the record."""
    bundle: Bundle
    old: Bundle | None = None
    """What was applied before, where the engine knows."""
    deletion: str = "retain"
    workers: tuple[int, ...] = ()
    """NGINX's workers that a reload was to replace."""
    image: str = ""
    """The one to pull."""

    @property
    def record(self) -> Path:
        """Where the host remembers: beside the first folder, so that it outlives the folder."""
        return record_path(self.id, self.bundle)


def record_path(id_: str, bundle: Bundle) -> Path:
    """The record of one resource."""
    lasting = [path for path, folder in bundle.directories.items() if not folder.memory]
    first = min(lasting or bundle.directories or bundle.files)
    return Path(first).parent / f".{id_}.json"


def plan_of(request: Mapping[str, Any]) -> Plan:
    """The plan of a decoded request."""
    old = request.get("old")
    return Plan(
        id=request["id"],
        bundle=bundle_of(request["bundle"]),
        old=bundle_of(old) if old else None,
        deletion=request["bundle"].get("deletion", "retain"),
        workers=tuple(request.get("workers", ())),
        image=request.get("image", ""),
    )


def bundle_of(inputs: Mapping[str, Any]) -> Bundle:
    """The bundle of a Host's inputs (all known, secrets opened)."""
    requires = inputs.get("requires") or {}
    return Bundle(
        runtime=Runtime(inputs["runtime"]),
        accounts=tuple(Account(a["name"], tuple(a.get("groups", ()))) for a in inputs.get("accounts", ())),
        packages=tuple(inputs.get("packages", ())),
        package_manager=inputs.get("packageManager", "apt"),
        package_services=tuple(inputs.get("packageServices", ())),
        time_daemons=tuple(inputs.get("timeDaemons", ())),
        directories={path: _directory(folder) for path, folder in inputs.get("directories", {}).items()},
        files={path: _file(file) for path, file in inputs.get("files", {}).items()},
        services=tuple(_service(service) for service in inputs.get("services", ())),
        checks=tuple(Check(c["name"], tuple(c["command"]), c["root"]) for c in inputs.get("checks", ())),
        requires=Requirement(*(tuple(requires.get(key, ())) for key in REQUIRED)),
        supervisor=inputs.get("supervisor"),
        registry=_registry(inputs["registry"]) if inputs.get("registry") else None,
        containers=_containers(inputs.get("containers")),
    )


def _containers(containers: Mapping[str, Any] | None) -> Containers | None:
    if not containers:
        return None
    image, inside, outside = containers["program"]
    return Containers(
        file=containers["file"],
        project=containers["project"],
        images=tuple(containers["images"]),
        accounts=tuple(sorted(containers["accounts"].items())),
        writes=tuple(sorted(containers["writes"].items())),
        program=(image, inside, outside),
    )


def _directory(folder: Mapping[str, Any]) -> Directory:
    return Directory(
        mode=int(folder["mode"], 8),
        owner=folder.get("owner"),
        group=folder.get("group"),
        keep=bool(folder.get("keep", False)),
        memory=bool(folder.get("memory", False)),
        precious=bool(folder.get("precious", False)),
    )


def _file(file: Mapping[str, Any]) -> File:
    return File(
        content=file["content"],
        mode=int(file["mode"], 8),
        owner=file.get("owner"),
        group=file.get("group"),
        encoding=file.get("encoding", ""),
    )


def _registry(registry: Mapping[str, Any]) -> RegistryProgram:
    return RegistryProgram(
        service=registry["service"],
        version=registry["version"],
        program=registry["program"],
        own=bool(registry["own"]),
        configuration=registry["configuration"],
        config=registry["config"],
        without_backup=bool(registry.get("withoutBackup", False)),
        front=registry.get("front", ""),
    )


def _service(service: Mapping[str, Any]) -> Service:
    return Service(
        name=service["name"],
        restart_on=tuple(service.get("restartOn", ())),
        run_file=service.get("runFile", ""),
        reload_on=tuple(service.get("reloadOn", ())),
        container=service.get("container", ""),
    )
