"""`dockyard check`: what a stack's program would make, planned with no state, no plugin, no credentials and
no network, and judged by policies.

The program runs as in a preview, against `Unknowns` in place of providers: a first deployment in which every
output is unknown.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dockyard.engine import plugins, secrets
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.config import StackConfig, StackFile
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Diagnostic, Event, Listener, Output, Severity
from dockyard.engine.jury import Judge, Terms, jury
from dockyard.engine.offline import offline
from dockyard.engine.project import STATE_FOLDER, Project
from dockyard.engine.session import PROGRAM_FAILED, deploy
from dockyard.engine.source import Source
from dockyard.engine.values import UNKNOWN_STRING
from dockyard.engine.violations import Violation as Violation
from dockyard.engine.waivers import Waived, apply
from dockyard.errors import DockyardError


@dataclass(frozen=True, slots=True)
class Plan:
    """What a check found.

    resources: in the order of their registration, parents first; read ones are `external`.
    outputs: the stack's, most of them unknown. sources: where each resource is registered, by URN, files
    relative to the project; a resource that a library registers has the line of its closest parent in the
    project.
    diagnostics: what the program said. With errors in it the resources are those that the program came to.
    violations: what counts, notes on waivers among it. waived: what does not.
    """

    project: str
    stack: str
    resources: tuple[ResourceState, ...]
    outputs: Mapping[str, Any]
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()
    violations: tuple[Violation, ...] = ()
    waived: tuple[Waived, ...] = ()
    judged: bool = False
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        """Why the program failed; empty where it ran through."""
        found = [said for said in self.diagnostics if said.severity is Severity.ERROR]
        return [said for said in found if said.message != PROGRAM_FAILED] or found

    @property
    def ok(self) -> bool:
        """True where the program ran through and no mandatory policy is violated."""
        return not self.errors and not any(violation.mandatory for violation in self.violations)


def run(
    project: Project,
    stack: str,
    listener: Listener = lambda event: None,
    judge: Judge | None = None,
    environment: Mapping[str, str] | None = None,
    packs: Sequence[Path] = (),
    today: date | None = None,
) -> Plan:
    """Plan a stack and judge it, where there is a judge and the program did not fail.

    packs: folders of policy packs, which judge where there is no `judge`. environment: variables for the program
    beside this process's own. today: the day for which waivers must hold; the current one (UTC) where it is None.
    The listener is told what the program says. Raises DockyardError or ProblemsError where the stack has no file,
    or that, the project or a pack is bad.
    """
    began = time.monotonic()
    said: list[Diagnostic] = []
    listen = _recorded(listener, said)
    config = load_config(project, stack, listen)
    session = offline(project, stack, config, plugins.environment(environment or {}), listen)
    terms = Terms.of(config.config, today := today or datetime.now(UTC).date())
    own = jury(packs, project.name, stack, terms.config, listen) if packs and judge is None else None
    with own or contextlib.nullcontext(judge) as present:
        deploy("preview", project, session)
        resources = tuple(session.deployment.news.values())
        found = None if present is None or _failed(said) else present(resources)
    violations, waived = apply(found or (), terms.waivers if found is not None else (), today)
    return Plan(
        project=project.name,
        stack=stack,
        resources=resources,
        outputs=_outputs(session.deployment),
        seconds=time.monotonic() - began,
        diagnostics=tuple(said),
        violations=tuple(violations),
        waived=tuple(waived),
        judged=found is not None,
        sources=_sources(session.deployment, project),
    )


def _recorded(listener: Listener, said: list[Diagnostic]) -> Listener:
    """Passes on what the program says, and keeps it."""

    def listen(event: Event) -> None:
        if isinstance(event, Diagnostic | Output):
            listener(event)
        if isinstance(event, Diagnostic) and not event.ephemeral:
            said.append(event)

    return listen


def _outputs(deployment: Deployment) -> dict[str, Any]:
    root = deployment.news.get(deployment.root())
    return dict(root.outputs) if root else {}


def _failed(said: Sequence[Diagnostic]) -> bool:
    return any(event.severity is Severity.ERROR for event in said)


def load_config(project: Project, stack: str, listener: Listener) -> StackConfig:
    """The stack's configuration. Where there is no passphrase, what is encrypted holds the text of an
    unknown, and the listener is told so.

    Raises DockyardError where the stack has no file or the passphrase is wrong, ProblemsError for what is wrong in it.
    """
    decrypt = _decrypter(project, require_file(project, stack))
    config = StackConfig.load(project, stack, decrypt)
    unopened = [key for key in config.secret_keys if UNKNOWN_STRING in config.config[key]]
    if unopened:
        message = (
            f"no passphrase ({secrets.PASSPHRASE}): planned with unknown secrets for "
            f"{', '.join(sorted(unopened))}"
        )
        listener(Diagnostic(Severity.WARNING, message))
    return config


def require_file(project: Project, stack: str) -> StackFile:
    """The file of a stack. Raises DockyardError, naming those that there are."""
    path = project.stack_file(stack)
    if path.is_file():
        return StackFile.read(project, stack)
    found = sorted(
        file.name.split(".", 1)[1].rsplit(".", 1)[0] for file in path.parent.glob(f"Pulumi.*{path.suffix}")
    )
    raise DockyardError(
        f"no stack named {stack!r}: there is no {path}",
        f"make that file; there are: {', '.join(found) or 'none'}",
    )


def _decrypter(project: Project, file: StackFile) -> Callable[[str], str]:
    manager: list[secrets.PassphraseManager] = []

    def decrypt(ciphertext: str) -> str:
        passphrase = secrets.find_passphrase(os.environ, project.root / STATE_FOLDER / "passphrase")
        if passphrase is None or not file.salt:
            return UNKNOWN_STRING
        if not manager:
            manager.append(secrets.PassphraseManager.open(passphrase, file.salt))
        return manager[0].decrypt(ciphertext)

    return decrypt


def _sources(deployment: Deployment, project: Project) -> dict[str, Source]:
    """By URN, the line of the program's folder where a resource, or the closest of its parents, is registered."""
    folder = project.main if project.main.is_dir() else project.main.parent
    found: dict[str, Source] = {}
    for urn, state in deployment.news.items():
        said = deployment.sources.get(urn)
        own = said.within(project.root) if said and said.within(folder) else None
        source = own or found.get(state.parent)
        if source is not None:
            found[urn] = source
    return found
