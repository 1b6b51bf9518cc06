"""Images that are to take the place of those that run: tried in containers without a network that are gone afterwards."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dockyard.errors import Problem
from dockyard.ops.scratch import Client, answering
from dockyard.ops.settings import Settings
from dockyard.provider.agent import docker
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.containers import contained
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.program import version_problems
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, Containers, RegistryProgram
from dockyard.self_hosted.docker import run_by_us

PROGRAM = "/bin/registry"
KEPT = "dockyard.kept"
"""The label of containers that are there for their image's sake."""
CONFINED = (
    *("--rm", "--pull=never", "--network=none", "--read-only", "--cap-drop=ALL"),
    *("--security-opt=no-new-privileges", "--pids-limit=512"),
)
SCRIPT = f"""exec 3<&0
(cat <&3 >/dev/null; kill -KILL $$) &
exec {PROGRAM} serve "$1" 3<&- </dev/null
"""
"""Ends with who started it, however that ends: Docker closes the container's input then."""


class Images:
    """Where registries are tried whose programs are in images: see `dockyard.provider.agent.rehearsal.Stage`."""

    def __init__(self, settings: Settings) -> None:
        self._store = settings.store
        self._user, self._group = docker.number_of(settings.owner)
        # To a container of podman's whoever runs it is root, unless another name space of users is asked for: `docker run` cannot.
        own = run_by_us(clean_environment())
        self._inside = "0:0" if own else f"{self._user}:{self._group}"
        self._place = settings.run_file.parent.parent / "rehearsal"

    @contextmanager
    def folder(self) -> Iterator[Path]:
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir(mode=0o750)
        folder = self._place / "work"
        folder.mkdir(mode=0o700)
        for path in (self._place, folder):
            # In the first one nobody else makes files: it is this user's own.
            os.chown(path, self._user if path == folder else -1, self._group)
        try:
            yield folder
        finally:
            shutil.rmtree(self._place)

    def has(self, program: str) -> bool:
        return docker.has_image(program)

    @contextmanager
    def started(
        self, program: str, folder: Path, configuration: str, environment: Mapping[str, str], seconds: float
    ) -> Iterator[Client]:
        file, name = self._place / "registry.yml", f"dockyard-rehearsal-{os.urandom(6).hex()}"
        file.unlink(missing_ok=True)
        file.touch(0o640)
        os.chown(file, -1, self._group)
        file.write_text(configuration)
        command = ["docker", "run", "--interactive", "--init", f"--name={name}", *CONFINED]
        command += [f"--user={self._inside}", f"--workdir={folder}", "--entrypoint=/bin/sh"]
        command += [f"--volume={folder}:{folder}", f"--volume={file}:{file}:ro"]
        command += [f"--volume={self._store}:{self._store}:ro"]
        command += [f"--env={key}={value}" for key, value in _quiet(environment).items()]
        command += [program, "-c", SCRIPT, "registry", str(file)]
        try:
            options = {"stdin": subprocess.PIPE, "env": clean_environment(), "cwd": "/"}
            with answering(command, folder, seconds, **options) as client:
                yield client
        finally:
            # It may be gone by itself, or be about to.
            docker.attempt("container", "rm", "--force", "--volumes", name)


def _quiet(environment: Mapping[str, str]) -> dict[str, str]:
    return {"OTEL_TRACES_EXPORTER": "none", **environment}


def image_problems(wanted: RegistryProgram) -> list[Problem]:
    """Why the registry of this image cannot be run here; NGINX's image is tried with its new files."""
    place = "images/registry"
    done = docker.attempt(
        "run", *CONFINED, f"--entrypoint={PROGRAM}", wanted.program, "--version", seconds=60
    )
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())[-300:]
        hint = _platform(wanted.program) or "name an image of the registry, by the digest of its index"
        return [Problem(place, f"{wanted.program} cannot be run: {said}", hint)]
    return version_problems(place, wanted, done.stdout.strip())


def _platform(image: str) -> str:
    """What to say where an image is for other machines; "" where it is not."""
    its = docker.attempt("image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image).stdout.strip()
    ours = docker.attempt("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").stdout.strip()
    return "" if its == ours else f"it is for {its}, and this host is {ours}"


def no_way_back(old: Bundle | None) -> Iterator[Problem]:
    """Images that run, and that nobody could start again by their names."""
    if old is None or old.containers is None:
        return
    found = docker.states(old)
    for service in contained(old):
        container = found.get(service.container)
        name = container["Config"]["Image"] if container else ""
        if container and not docker.has_image(name):
            hint = f"docker pull {name}, or where that name has no digest: docker tag {container['Image']} {name}"
            yield Problem("images", f"{name}, which runs, has lost its name on this host: no way back", hint)


@contextmanager
def kept(plan: Plan, record: Record) -> Iterator[None]:
    """Containers that are never started keep the images that run until now from `docker image prune`, also after a kill."""
    wanted, old = plan.bundle.containers, plan.old.containers if plan.old else None
    if wanted is None or old is None:
        yield
        return
    let_go(wanted)
    for image in filter(docker.has_image, old.images):
        label = f"--label={KEPT}={wanted.project}"
        docker.docker("container", "create", "--pull=never", "--network=none", label, image, "never-started")
    try:
        yield
    finally:
        # Neither of both serves: the next `up` may still go back.
        if not record.switching:
            let_go(wanted)


def let_go(wanted: Containers) -> None:
    label = f"label={KEPT}={wanted.project}"
    found = docker.docker("container", "ls", "--all", "--quiet", "--no-trunc", "--filter", label).split()
    if found:
        docker.docker("container", "rm", "--force", "--volumes", *found)
