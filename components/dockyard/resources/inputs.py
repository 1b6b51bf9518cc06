"""From a bundle to the inputs of `dockyard:index:Host`. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from dockyard.errors import DockyardError
from dockyard.remote.connection import LOCAL
from dockyard.self_hosted.bundle import (
    Account,
    Bundle,
    Check,
    Containers,
    Directory,
    File,
    RegistryProgram,
    Requirement,
    Service,
)


def host_inputs(
    bundle: Bundle,
    secret: Callable[[Any], Any],
    contents: Mapping[str, Any] | None = None,
    connection: Mapping[str, Any] = LOCAL,
    deletion: str = "retain",
) -> dict[str, Any]:
    """The inputs of the Host that applies `bundle`.

    secret: wraps a value that must not be stored or shown in plain text (`pulumi.Output.secret`).
    contents: path -> content of those files of the bundle whose content is known later than the bundle; replaces the
        bundle's own. The default replaces none.
    connection: which host, as a tagged union. The default is this machine.
    deletion: "delete" removes the directories marked `keep` with the resource; the default leaves them.
    Raises DockyardError where `contents` names a file that the bundle does not have.
    """
    contents = contents or {}
    if stray := sorted(contents.keys() - bundle.files.keys()):
        raise DockyardError(f"contents given for files that the bundle does not have: {', '.join(stray)}")
    return {
        "connection": dict(connection),
        "runtime": bundle.runtime.value,
        "accounts": [_account(account) for account in bundle.accounts],
        "packages": list(bundle.packages),
        "timeDaemons": list(bundle.time_daemons),
        "packageServices": list(bundle.package_services),
        "directories": {path: _directory(folder) for path, folder in bundle.directories.items()},
        "files": {path: _file(path, file, secret, contents) for path, file in bundle.files.items()},
        "services": [_service(service) for service in bundle.services],
        "checks": [_check(check) for check in bundle.checks],
        "requires": _requirement(bundle.requires),
        "registry": _registry(bundle.registry),
        "deletion": deletion,
        **_optional(bundle),
    }


def _optional(bundle: Bundle) -> dict[str, Any]:
    """What only some bundles have."""
    inputs: dict[str, Any] = {}
    if bundle.package_manager != "apt":
        inputs["packageManager"] = bundle.package_manager
    if bundle.supervisor is not None:
        inputs["supervisor"] = bundle.supervisor
    if bundle.containers is not None:
        inputs["containers"] = _containers(bundle.containers)
    return inputs


def _account(account: Account) -> dict[str, Any]:
    return {"name": account.name, "groups": list(account.groups)}


def _directory(folder: Directory) -> dict[str, Any]:
    return {
        **_ownership(folder),
        "keep": folder.keep,
        "memory": folder.memory,
        **({"precious": True} if folder.precious else {}),
    }


def _file(path: str, file: File, secret: Callable[[Any], Any], contents: Mapping[str, Any]) -> dict[str, Any]:
    content = contents.get(path, file.content)
    encoding = {"encoding": file.encoding} if file.encoding else {}
    return {**_ownership(file), **encoding, "content": secret(content) if file.secret else content}


def _ownership(entry: Directory | File) -> dict[str, Any]:
    named = {"owner": entry.owner, "group": entry.group}
    return {"mode": f"{entry.mode:04o}", **{key: value for key, value in named.items() if value is not None}}


def _service(service: Service) -> dict[str, Any]:
    return {
        "name": service.name,
        "restartOn": list(service.restart_on),
        "reloadOn": list(service.reload_on),
        "runFile": service.run_file,
        **({"container": service.container} if service.container else {}),
    }


def _containers(containers: Containers) -> dict[str, Any]:
    return {
        "file": containers.file,
        "project": containers.project,
        "images": list(containers.images),
        "accounts": dict(containers.accounts),
        "writes": dict(containers.writes),
        "program": list(containers.program),
    }


def _registry(registry: RegistryProgram | None) -> dict[str, Any]:
    if registry is None:
        return {}
    return {
        "service": registry.service,
        "version": registry.version,
        "program": registry.program,
        "own": registry.own,
        "configuration": registry.configuration,
        "config": registry.config,
        "withoutBackup": registry.without_backup,
        **({"front": registry.front} if registry.front else {}),
    }


def _check(check: Check) -> dict[str, Any]:
    return {"name": check.name, "command": list(check.command), "root": check.root}


def _requirement(requires: Requirement) -> dict[str, Any]:
    return {
        "binaries": list(requires.binaries),
        "ports": list(requires.ports),
        "writable": list(requires.writable),
        **({"programs": list(requires.programs)} if requires.programs else {}),
    }
