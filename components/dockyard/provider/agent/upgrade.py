"""Another program or version of the registry, put in its place with a way back.

In one process, so that the lock and the closed front end with it, however it ends: the new program is tried on the images beside the
running one; writes are closed; the files and services are changed; what runs then is looked at; where it does not do what it must, the old
files and services come back.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.ops import front, insured, results, space
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import locked
from dockyard.ops.sample import Sample, not_served, refuses_uploads, still, wait_for_answer
from dockyard.ops.scratch import Client, Connection
from dockyard.ops.settings import Settings, settings_of
from dockyard.provider.agent import compose, docker, images
from dockyard.provider.agent.apply import apply_files, confirm, make_folders
from dockyard.provider.agent.checks import run_checks
from dockyard.provider.agent.containers import wait_until_well
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.program import program_problems
from dockyard.provider.agent.record import Record, served_by
from dockyard.provider.agent.rehearsal import Programs, rehearse
from dockyard.provider.agent.services import apply_supervisor, log_tail, running, wait_until_up
from dockyard.provider.agent.through_front import not_let_through
from dockyard.provider.agent.units import apply_units, stop_gone
from dockyard.provider.agent.workers import taking_connections, wait_until_replaced
from dockyard.self_hosted.bundle import Bundle, RegistryProgram, Runtime

LOCK_SECONDS, SMOKE_SECONDS, ANSWER_SECONDS = 600.0, 30.0, 30.0
WELL_SECONDS = 60.0
FREE_BYTES, FEW = 256 << 20, 5


def due(plan: Plan, record: Record) -> bool:
    """Whether this apply changes the program, or one that did was ended on its way."""
    if plan.bundle.registry is None:
        return False
    before, wanted = _before(plan, record), served_by(plan.bundle)
    # Into containers or out of them is another runtime, not another program.
    keys = wanted if ("front" in before) == ("front" in wanted) else ("version",)
    differs = bool(before) and any(before[key] != wanted[key] for key in keys)
    return record.switching or differs


def _before(plan: Plan, record: Record) -> dict[str, str]:
    """What has served until now; nothing for a registry that is new."""
    if record.registry or plan.old is None:
        return record.registry
    if plan.old.registry:
        return served_by(plan.old)
    # Applied before this was remembered: then it was the distribution's program.
    programs = [path for path in plan.old.requires.binaries if path.endswith("registry")]
    return {"version": "2", "program": programs[0]} if programs else {}


def problems_before(plan: Plan, record: Record, packages: bool) -> list[Problem]:
    """What must hold before the program is changed, and of one of somebody's own always. packages: whether some are missing yet."""
    registry = plan.bundle.registry
    if registry is None:
        return []
    found = missing_program(plan, record) if registry.own or not packages else []
    if not due(plan, record):
        return found
    settings = _settings(plan.bundle, registry)
    return [*found, *_together(plan), *_room(settings), *_backups(plan, record, settings)]


def missing_program(plan: Plan, record: Record) -> list[Problem]:
    """Why the program cannot be run here. That of the distribution is looked at only where it is put in another's place.

    An image is not here yet: see `switch`.
    """
    registry = plan.bundle.registry
    if registry is None or plan.bundle.containers or not (registry.own or due(plan, record)):
        return []
    return program_problems(registry, bool(plan.bundle.accounts))


def _together(plan: Plan) -> Iterator[Problem]:
    """What has no way back when it changes in the same step."""
    old, registry = plan.old, plan.bundle.registry
    if old is None or registry is None:
        return
    hint = "change one, run `dockyard up`, then change the other"
    if old.runtime is not plan.bundle.runtime or bool(old.containers) != bool(plan.bundle.containers):
        yield Problem("version", "cannot change together with `runtime`", hint)
    elif old.registry and old.registry.config != registry.config:
        yield Problem("version", "cannot change together with `instance`", hint)
    elif old.requires.writable != plan.bundle.requires.writable:
        yield Problem("version", "cannot change together with `storage`", hint)


def _room(settings: Settings) -> Iterator[Problem]:
    if not settings.store.is_dir():
        return
    free = space.room(settings.store).free
    if free < FREE_BYTES:
        text = f"{free >> 20} MiB free on the disk of the images, {FREE_BYTES >> 20} MiB needed to change the program"
        yield Problem("version", text, "`dockyard gc`, or make room")


def _backups(plan: Plan, record: Record, settings: Settings) -> Iterator[Problem]:
    registry = plan.bundle.registry
    images = settings.tree / "repositories"
    if registry is None or registry.without_backup:
        return
    if _before(plan, record).get("program") == registry.program:
        return
    if not settings.backs_up or not images.is_dir() or not any(images.iterdir()):
        return
    last = partial(results.last, settings.state)
    if lacking := insured.lacking(settings.every, last, time.time()):
        hint = f"{lacking.hint}; upgrade: {{allow_without_backup: true}} goes on all the same"
        yield Problem("version", f"the registry's program is not changed: {lacking.message}", hint)


def _settings(bundle: Bundle, registry: RegistryProgram) -> Settings:
    return settings_of(bundle.files[registry.config].content)


def switch(plan: Plan, record: Record) -> list[str]:
    """Changes the program; gives what was done. Raises DockyardError with the old one at work again."""
    registry = plan.bundle.registry
    if registry is None:
        raise DockyardError("the bundle names no registry")
    settings, name = _settings(plan.bundle, registry), _named(plan, record, registry)
    make_folders(plan, record)
    with _told(f"{name} was not put in place"), locked(settings.state, "upgrade", seconds=LOCK_SECONDS):
        rehearsed = _rehearsed(plan, record, settings, registry)
        sample = Sample(**rehearsed["sample"])
        with front.closed(settings):
            if not front.wait_until_quiet(settings):
                raise OpsError("an upload has not ended in time; nothing was changed", "try again later")
            # Since the sample was taken, tags have moved and images were deleted; now nothing does.
            sample = Sample(**ask(settings.owner, lambda: still(settings.tree, sample).plain()))
            done = _switched(plan, record, settings, sample, rehearsed["known"])
    looked = f"{len(sample.manifests)} manifests and {len(sample.blobs)} blobs of {sample.tags} tags"
    return [*done, f"{name} serves: {looked} looked at, before and after"]


def _named(plan: Plan, record: Record, registry: RegistryProgram) -> str:
    """What is put in place."""
    before = _before(plan, record)
    if before.get("program") == registry.program and before.get("front", "") != registry.front:
        return f"the front ({registry.front})"
    return f"registry {registry.version} ({registry.program})"


def _rehearsed(plan: Plan, record: Record, settings: Settings, registry: RegistryProgram) -> dict[str, Any]:
    text = plan.bundle.files[registry.configuration].content
    programs = (registry.program, _before(plan, record).get("program", ""))
    if plan.bundle.containers is None:
        return ask(settings.owner, lambda: rehearse(settings, Programs(settings), text, *programs))
    if problems := [*images.image_problems(registry), *images.no_way_back(plan.old)]:
        raise ProblemsError("the host", problems)
    if failures := run_checks(plan.id, plan.bundle):
        raise ProblemsError("the new files", failures)
    return rehearse(settings, images.Images(settings), text, *programs)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OpsError as error:
        raise DockyardError(f"{what}: {error.message}", error.hint or "the one that ran goes on") from None


def _switched(plan: Plan, record: Record, settings: Settings, sample: Sample, known: list[str]) -> list[str]:
    record.switching = True
    record.save(plan.record)
    with images.kept(plan, record):
        try:
            done = _brought_up(plan, record)
            with _client(settings) as client:
                _look(client, settings, sample, known)
        except Exception as error:
            # Whatever it was: the images must be served again.
            raise _returned(plan, record, settings, error) from error
        confirm(plan, record)
    return done


def _brought_up(plan: Plan, record: Record) -> list[str]:
    """Files, then services: as an apply does it in several steps."""
    systemd, containers = plan.bundle.runtime is Runtime.SYSTEMD, plan.bundle.containers
    done = [*(stop_gone(plan) if systemd else ()), *apply_files(plan, record)]
    workers = taking_connections(running(plan.bundle).values())
    if containers:
        docker.write_numbers(containers)
        done += compose.prepare(plan, record)
    services = apply_units(plan, record) if systemd else apply_supervisor(plan, record)
    if containers:
        services += compose.start(plan, record)
        # First of all the log of one that does not start.
        wait_until_well(plan.bundle, WELL_SECONDS)
    wait_until_up(plan.bundle)
    if any(line.startswith("reloaded ") for line in services):
        wait_until_replaced(workers)
    return [*done, *services]


@contextmanager
def _client(settings: Settings) -> Iterator[Client]:
    """Of the registry's own socket, once it answers there: the front lets no write through now."""
    descriptor = os.open(settings.run_file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    client = Client(Connection(descriptor, ANSWER_SECONDS))
    try:
        wait_for_answer(client, SMOKE_SECONDS)
        yield client
    finally:
        client.close()
        os.close(descriptor)


def _look(client: Client, settings: Settings, sample: Sample, known: list[str]) -> None:
    """The smoke test. Raises OpsError for what is not as it must be."""
    worse = [text for text in not_served(client, sample) if text not in known]
    if sample.repository and (text := refuses_uploads(client, sample.repository)):
        worse.append(text)
    worse += not_let_through(settings, sample, known) if settings.containers else []
    if worse:
        raise OpsError("\n    ".join(worse[:FEW]))


def _returned(plan: Plan, record: Record, settings: Settings, error: Exception) -> DockyardError:
    """Brings the old files and services back; gives the error that tells of both."""
    said, old = _failure(plan, record, error), plan.old
    if old is None:
        return DockyardError(said, "the next `up` tries again")
    back = Plan(plan.id, old, plan.bundle, plan.deletion)
    try:
        _brought_up(back, record)
        with _client(settings):
            confirm(back, record)
    except Exception as again:
        text = f"{said}\n    the old one did not come back: {_text(again)}"
        return DockyardError(text, "the next `up` goes on from here")
    served = record.registry or _before(plan, record)
    front = f" behind {served['front']}" if "front" in served else ""
    text = f"{said}\n    registry {served.get('version')} ({served.get('program')}){front} is back and serves"
    return DockyardError(text, "no image was lost; the next `up` tries again")


def _failure(plan: Plan, record: Record, error: Exception) -> str:
    registry = plan.bundle.registry
    if registry is None:
        return _text(error)
    said = f"{_named(plan, record, registry)} failed: {_text(error)}"
    if "the end of the log" in said:
        return said
    lines = log_tail(plan.bundle, registry.service)
    return "\n    ".join([said, f"the end of the log of {registry.service}:", *(f"  {it}" for it in lines)])


def _text(error: Exception) -> str:
    known = isinstance(error, DockyardError | OpsError | OSError)
    return str(error) if known else f"{type(error).__name__}: {error}"
