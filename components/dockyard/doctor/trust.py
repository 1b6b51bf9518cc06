"""Whether the clients on this machine would trust a registry: Docker, podman and skopeo, containerd, and its own store."""

import contextlib
import json
import os
import shutil
import ssl
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, ok, skipped, warning

Trusts = Callable[[ssl.SSLContext], str]
"""Why a context is not enough for the server's chain; "" where it is."""
FOLDERS = {
    "docker": "etc/docker/certs.d",
    "podman": "etc/containers/certs.d",
    "containerd": "etc/containerd/certs.d",
}
# Docker brings containerd along; these are who pulls by it.
PROGRAMS = {
    "docker": ("docker", "dockerd"),
    "podman": ("podman", "skopeo", "buildah"),
    "containerd": ("nerdctl", "crictl", "kubelet"),
}


def system(target: Target, trusts: Trusts) -> Verdict:
    """Programs that know no folder of their own use this store: curl, Python, Helm."""
    name = "trust: system"
    reason = trusts(ssl.create_default_context())
    if not reason:
        return ok(name, "this system's authorities are enough")
    install = (
        f"sudo install -m 644 {target.authority_file} /usr/local/share/ca-certificates/{target.host}.crt"
    )
    evidence = f"this system's authorities are not enough for curl, Helm and the like: {reason}"
    if target.on_this_machine:
        return skipped(name, evidence, _made(target, f"{install} && sudo update-ca-certificates"))
    return warning(name, evidence, _made(target, f"{install} && sudo update-ca-certificates"))


def client(kind: str, target: Target, trusts: Trusts, root: Path = Path("/")) -> Verdict:
    """kind: docker, podman or containerd."""
    name = f"trust: {kind}"
    folder = root / FOLDERS[kind] / target.place
    if not any(shutil.which(program) for program in PROGRAMS[kind]) and not folder.is_dir():
        return skipped(name, f"none of {', '.join(PROGRAMS[kind])} is on this machine")
    if kind == "docker" and target.on_this_machine:
        return ok(name, "Docker takes any certificate from addresses of its own machine (127.0.0.0/8)")
    insecure = _insecure(kind, target, root)
    if insecure:
        return warning(
            name,
            f"{insecure}: it takes anybody for {target.place}",
            f"sudo grep -n {target.place} {insecure}",
        )
    files = _hosts_authorities(folder) if kind == "containerd" else sorted(folder.glob("*.crt"))
    context, read = ssl.create_default_context(), []
    for file in files:
        with contextlib.suppress(ssl.SSLError, FileNotFoundError, IsADirectoryError):
            context.load_verify_locations(cafile=str(file))
            read.append(str(file))
    reason = trusts(context)
    if not reason:
        return ok(name, f"by {', '.join(read) or 'the authorities of this system'}")
    seen = f"{', '.join(read)} is not enough" if read else f"{folder} holds no authority"
    return warning(name, f"{seen}: {reason}", _made(target, install(kind, target)))


def authority_of(target: Target, root: Path = Path("/")) -> Path | None:
    """An authority that somebody has laid for a client of this machine."""
    files = (root / folder / target.place / "ca.crt" for folder in FOLDERS.values())
    return next((file for file in files if os.access(file, os.R_OK)), None)


def install(kind: str, target: Target) -> str:
    """What makes the client trust the authority that the file holds."""
    folder = f"/{FOLDERS[kind]}/{target.place}"
    command = f"sudo install -D -m 644 {target.authority_file} {folder}/ca.crt"
    if kind != "containerd":
        return command
    lines = rf'server = "{target.url}"\n[host."{target.url}"]\n  ca = "{folder}/ca.crt"\n'
    return f"{command} && printf '{lines}' | sudo tee {folder}/hosts.toml"


def _made(target: Target, command: str) -> str:
    return f"{target.authority_made_by} && {command}" if target.authority_made_by else command


def _hosts_authorities(folder: Path) -> list[Path]:
    """`ca` of hosts.toml, for the server itself and each of its hosts; containerd's docs/hosts.md."""
    laid = folder / "hosts.toml"
    try:
        read = tomllib.loads(laid.read_text())
    except (FileNotFoundError, ValueError):
        return []
    entries = [read, *(it for it in (read.get("host") or {}).values() if isinstance(it, dict))]
    named = [one for entry in entries for one in _several(entry.get("ca"))]
    return [folder / one for one in named]


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [it for it in value or () if isinstance(it, str)]


def _insecure(kind: str, target: Target, root: Path) -> str:
    """The file that switches verification off for this registry, "" for none."""
    if kind == "docker":
        laid = root / "etc/docker/daemon.json"
        names = (target.place, target.host, f"{target.host}:{target.number}")
        return str(laid) if set(names) & set(_several(_json(laid).get("insecure-registries"))) else ""
    if kind == "containerd":
        laid = root / FOLDERS[kind] / target.place / "hosts.toml"
        with contextlib.suppress(FileNotFoundError, ValueError):
            return str(laid) if "skip_verify=true" in laid.read_text().replace(" ", "") else ""
    return ""


def _json(file: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
