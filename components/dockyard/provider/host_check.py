"""The inputs of a Host, judged: names reach command lines and paths reach the file system as root, so everything is exact."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from dockyard.engine.wire import has_unknown
from dockyard.engine.wire import unwrap as plain
from dockyard.errors import Problem
from dockyard.provider.container_check import container_problems
from dockyard.remote.connection import connection_problems

DEFAULTS: dict[str, Any] = {
    "accounts": [],
    "packages": [],
    "timeDaemons": [],
    "packageServices": [],
    "directories": {},
    "files": {},
    "services": [],
    "checks": [],
    "requires": {},
    "registry": {},
    "deletion": "retain",
}
INPUTS = ("connection", "runtime", "supervisor", "packageManager", "containers", *DEFAULTS)
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}")
MODE = re.compile(r"[0-7]{3,4}")
ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})")
SHAPES: dict[str, Any] = {
    "accounts": {"name", "groups"},
    "directories": {"mode", "owner", "group", "keep", "memory", "precious"},
    "files": {"mode", "owner", "group", "content", "encoding"},
    "services": {"name", "restartOn", "reloadOn", "runFile", "container"},
    "checks": {"name", "command", "root"},
}


def host_problems(news: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with the inputs (defaults filled in). What is unknown yet is not judged."""
    problems = [Problem(key, "unknown property") for key in news if key not in INPUTS]
    if shapes := list(_shapes(news)):
        return problems + shapes
    known = {key: value for key, value in _known(news).items() if key in INPUTS}
    for check in (_choices, _names, _entries, _services, _requires, _registry, container_problems):
        problems += check(known)
    return problems


def _known(news: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs in plain form, unknown contents of files as empty texts; other unknowns are left out."""
    files = {
        path: {**file, "content": ""} if has_unknown(file.get("content")) else file
        for path, file in plain(news["files"]).items()
    }
    known = {key: plain(value) for key, value in news.items() if not has_unknown(value)}
    return known | {"files": files}


def _shapes(news: Mapping[str, Any]) -> Iterator[Problem]:
    for key, default in DEFAULTS.items():
        value = plain(news[key])
        if has_unknown(value) and key != "files":
            continue
        if not isinstance(value, type(default)):
            yield Problem(key, f"must be a {_kind(default)}, got {_kind(value)}")
        elif key in SHAPES:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for index, item in items:
                place = f'{key}["{index}"]' if isinstance(value, dict) else f"{key}[{index}]"
                if not isinstance(item, dict):
                    yield Problem(place, f"must be an object, got {_kind(item)}")
                elif stray := sorted(item.keys() - SHAPES[key]):
                    yield Problem(place, f"unknown property {', '.join(stray)}")


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "flag", int: "number", float: "number"}
    return names.get(type(value), "nothing")


def _choices(known: Mapping[str, Any]) -> Iterator[Problem]:
    if known.get("runtime", "systemd") not in ("systemd", "supervisor"):
        yield Problem("runtime", f'must be "systemd" or "supervisor", got {known["runtime"]!r}')
    if known.get("packageManager", "apt") not in ("apt", "dnf"):
        yield Problem("packageManager", f'must be "apt" or "dnf", got {known["packageManager"]!r}')
    if known.get("deletion", "retain") not in ("retain", "delete"):
        yield Problem("deletion", f'must be "retain" or "delete", got {known["deletion"]!r}')
    if "connection" in known:
        yield from connection_problems(known["connection"])
    if not known["files"] and not known.get("directories"):
        yield Problem("files", "a bundle needs a file or a directory")
    supervisor = known.get("supervisor")
    if known.get("runtime") == "supervisor" and supervisor not in known["files"]:
        yield Problem("supervisor", f"must be the path of one of files, got {supervisor!r}")


def _names(known: Mapping[str, Any]) -> Iterator[Problem]:
    def wrong(place: str, value: Any, pattern: re.Pattern[str]) -> Iterator[Problem]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield Problem(place, f"is no valid name: {value!r}")

    for index, account in enumerate(known.get("accounts", ())):
        yield from wrong(f"accounts[{index}].name", account.get("name"), ACCOUNT)
        for position, group in enumerate(account.get("groups", ())):
            yield from wrong(f"accounts[{index}].groups[{position}]", group, ACCOUNT)
    for key, pattern in (("packages", PACKAGE), ("timeDaemons", PACKAGE), ("packageServices", SERVICE)):
        for index, name in enumerate(known.get(key, ())):
            yield from wrong(f"{key}[{index}]", name, pattern)
    for index, service in enumerate(known.get("services", ())):
        yield from wrong(f"services[{index}].name", service.get("name"), SERVICE)
    for key in ("directories", "files"):
        for path, entry in known.get(key, {}).items():
            for part in ("owner", "group"):
                if entry.get(part) is not None:
                    yield from wrong(f'{key}["{path}"].{part}', entry[part], ACCOUNT)


def _entries(known: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("directories", "files"):
        for path, entry in known.get(key, {}).items():
            place = f'{key}["{path}"]'
            if not _is_path(path):
                yield Problem(place, "must be an absolute path without . and ..")
            if not isinstance(entry.get("mode"), str) or not MODE.fullmatch(entry["mode"]):
                yield Problem(f"{place}.mode", f'must be octal like "0640", got {entry.get("mode")!r}')
            if key == "files" and not isinstance(entry.get("content"), str):
                yield Problem(f"{place}.content", "must be a text")
    for path in known["files"].keys() & known.get("directories", {}).keys():
        yield Problem(f'files["{path}"]', "is a directory, too")


def _services(known: Mapping[str, Any]) -> Iterator[Problem]:
    for index, service in enumerate(known.get("services", ())):
        for key in ("restartOn", "reloadOn"):
            for path in service.get(key, ()):
                if path not in known["files"]:
                    yield Problem(f"services[{index}].{key}", f"is not one of files: {path!r}")
    for index, check in enumerate(known.get("checks", ())):
        command = check.get("command")
        if not command or not all(isinstance(part, str) for part in command):
            yield Problem(f"checks[{index}].command", "must be a list of texts")
        if not _is_path(check.get("root")):
            yield Problem(f"checks[{index}].root", "must be an absolute path")


def _requires(known: Mapping[str, Any]) -> Iterator[Problem]:
    requires = known.get("requires", {})
    rules: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
        ("binaries", _is_path, "must be an absolute path"),
        ("writable", _is_path, "must be an absolute path"),
        ("programs", _is_path, "must be an absolute path"),
        ("ports", _is_address, "must be address:port"),
    )
    for key, holds, rule in rules:
        for index, value in enumerate(requires.get(key, ())):
            if not holds(value):
                yield Problem(f"requires.{key}[{index}]", f"{rule}, got {value!r}")


def _registry(known: Mapping[str, Any]) -> Iterator[Problem]:
    registry = known.get("registry", {})
    if not registry:
        return
    containers = known.get("containers")
    if isinstance(containers, dict):
        for key in ("program", "front"):
            if registry.get(key) not in containers.get("images", ()):
                yield Problem(f"registry.{key}", f"is not one of containers.images: {registry.get(key)!r}")
    elif not _is_path(registry.get("program")):
        yield Problem("registry.program", f"must be an absolute path, got {registry.get('program')!r}")
    if registry.get("version") not in ("2", "3"):
        yield Problem("registry.version", f'must be "2" or "3", got {registry.get("version")!r}')
    if registry.get("service") not in [service.get("name") for service in known.get("services", ())]:
        yield Problem("registry.service", f"is not one of services: {registry.get('service')!r}")
    for key in ("configuration", "config"):
        if registry.get(key) not in known["files"]:
            yield Problem(f"registry.{key}", f"is not one of files: {registry.get(key)!r}")


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or not value.startswith("/") or not value.isprintable():
        return False
    return str(PurePosixPath(value)) == value and ".." not in PurePosixPath(value).parts and len(value) > 1


def _is_address(value: Any) -> bool:
    found = ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return found is not None and 0 < int(found[2]) < 65536
