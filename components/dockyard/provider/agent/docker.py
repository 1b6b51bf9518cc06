"""The program `docker`: asked, and what a bundle needs of it before its containers can start."""

import glob
import hashlib
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError, Problem
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.entries import ids, sync_folder, write_file
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, Containers, File
from dockyard.self_hosted.docker import engine, refusal, run_by_us
from dockyard.self_hosted.engine import DELEGATE, limits

PROJECT, SERVICE = "com.docker.compose.project", "com.docker.compose.service"
SECONDS = 600.0
LINES = 5


def docker(*arguments: str) -> str:
    """What it prints. Raises DockyardError with the end of what it complains about."""
    done = attempt(*arguments)
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line.strip()][-LINES:]
        verb = " ".join(arguments[: 1 if arguments[0] == "compose" else 2])
        raise DockyardError("\n    ".join([f"docker {verb} failed:", *said]))
    return done.stdout


def attempt(*arguments: str, seconds: float = SECONDS) -> "subprocess.CompletedProcess[str]":
    """Raises DockyardError where it is not there, or does not end."""
    try:
        return subprocess.run(
            ["docker", *arguments],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise DockyardError("the program docker is not installed") from None
    except subprocess.TimeoutExpired:
        raise DockyardError(f"docker {arguments[0]} has not ended after {seconds:.0f} s") from None


def compose(containers: Containers, *arguments: str) -> str:
    """`docker compose` on the bundle's file."""
    place = ("--project-name", containers.project, "--file", containers.file)
    return docker("compose", "--ansi=never", *place, *arguments)


def docker_problems(bundle: Bundle) -> list[Problem]:
    """Why Docker cannot run the bundle's containers here."""
    if bundle.containers is None:
        return []
    if refused := refusal(clean_environment()):
        return [Problem("runtime", refused.reason, refused.hint)]
    text = bundle.files[bundle.containers.file].content
    published, limited = "published:" in text, os.geteuid() != 0 and "mem_limit:" in text
    found = engine(clean_environment()) if published or limited else None
    if found and published and found.podman:
        said = "Traefik's port must be published as Docker does, with the clients' own addresses; podman was not tried"
        return [Problem("front", said, 'set front to "nginx"')]
    if found and limited and not limits(found):
        return [Problem("runtime", "containers of this user cannot be limited: no cgroups are his", DELEGATE)]
    return []


def states(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Service of compose.yaml -> its container as Docker describes it; none where Docker does not answer."""
    if bundle.containers is None:
        return {}
    try:
        label = f"label={PROJECT}={bundle.containers.project}"
        found = docker("container", "ls", "--all", "--quiet", "--no-trunc", "--filter", label).split()
        described = json.loads(docker("container", "inspect", *found)) if found else []
    except DockyardError:
        return {}
    return {each["Config"]["Labels"].get(SERVICE, ""): each for each in described}


def missing_images(bundle: Bundle) -> list[str]:
    images = bundle.containers.images if bundle.containers else ()
    return [image for image in images if not has_image(image)]


def has_image(image: str) -> bool:
    return not attempt("image", "inspect", image).returncode


def pull(image: str) -> None:
    """Raises DockyardError that names the image."""
    done = attempt("pull", "--quiet", image, seconds=3600)
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        hint = "let this host reach the image's registry, or `docker load` an image here and name its tag in `images`"
        raise DockyardError(f"the image {image} is not on this host and cannot be pulled: {said}", hint)


def numbers_file(containers: Containers) -> str:
    return f"{os.path.dirname(containers.file)}/.env"


def numbers(containers: Containers) -> File:
    """The accounts of this host by number: an image knows none of their names."""
    lines = ["# Written by `dockyard up`: this host's numbers of the accounts that compose.yaml names."]
    for name, account in containers.accounts:
        user, group = number_of(account)
        lines += [f"{name}_UID={user}", f"{name}_GID={group}"]
    # Whoever runs podman himself would be root in its containers, and every other account there one that owns nothing of his.
    lines += [f"USERNS={'keep-id' if run_by_us(clean_environment()) else ''}"]
    root = "root" if os.geteuid() == 0 else None
    return File("\n".join(lines) + "\n", 0o644, root, root)


def number_of(account: str) -> tuple[int, int]:
    """User and group; "" for who applies."""
    return ids(File("", 0, account, account)) if account else (os.geteuid(), os.getegid())


def write_numbers(containers: Containers) -> None:
    write_file(numbers_file(containers), numbers(containers))


def give(containers: Containers) -> None:
    """What containers write to becomes their accounts', also what another runtime has left there. Follows no link."""
    for pattern, account in containers.writes:
        user, group = ids(File("", 0, account, account))
        for path in glob.glob(pattern):
            if os.lstat(path).st_uid != user:
                _give_tree(path, user, group)


def _give_tree(path: str, user: int, group: int) -> None:
    os.chown(path, user, group, follow_symlinks=False)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        return
    for _, folders, files, descriptor in os.fwalk(path, follow_symlinks=False):
        for name in (*folders, *files):
            os.chown(name, user, group, dir_fd=descriptor, follow_symlinks=False)


def program_difference(bundle: Bundle, record: Record) -> str:
    """How the host's copy of the program differs from what was copied; "" where it does not."""
    if bundle.containers is None:
        return ""
    path = Path(bundle.containers.program[2])
    if not path.is_file():
        return "is missing"
    return "" if record.loaded.get("program", "").endswith(_digest(path)) else "was edited"


def copy_program(bundle: Bundle, record: Record) -> list[str]:
    """Copies the program out of its image, unless it was copied from this very image before."""
    if bundle.containers is None:
        return []
    image, inside, outside = bundle.containers.program
    image_id = docker("image", "inspect", "--format", "{{.Id}}", image).strip()
    known = record.loaded.get("program", "").startswith(f"{image_id} ")
    if known and not program_difference(bundle, record):
        return []
    temporary = Path(f"{outside}.dockyard-new")
    temporary.unlink(missing_ok=True)
    container = docker("container", "create", "--pull=never", "--network=none", image, inside).strip()
    try:
        docker("container", "cp", "--follow-link", f"{container}:{inside}", str(temporary))
    finally:
        docker("container", "rm", "--volumes", container)
    temporary.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(temporary, 0, 0)
    record.loaded["program"] = f"{image_id} {_digest(temporary)}"
    os.rename(temporary, outside)
    sync_folder(os.path.dirname(outside))
    return [f"copied {outside} out of {image}"]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
