"""up, preview, refresh and destroy: one function, from a stack's name to a result."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockyard.engine import changes as change_module
from dockyard.engine import plugins, survey
from dockyard.engine import urn as urns
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.config import StackConfig, StackFile
from dockyard.engine.deployment import ORGANIZATION, Deployment, default_parallel
from dockyard.engine.events import Diagnostic, Listener, Op, Output, Severity, Started, Summary
from dockyard.engine.history import Update
from dockyard.engine.monitor import EngineService
from dockyard.engine.project import Project
from dockyard.engine.providers import Registry
from dockyard.engine.session import Session, deploy, served
from dockyard.engine.store import StackStore
from dockyard.errors import DockyardError

VERBS = ("up", "preview", "refresh", "destroy")
_ENGINE_WORKERS = 8
_KINDS = {"up": "update", "refresh": "refresh", "destroy": "destroy"}


@dataclass(frozen=True, slots=True)
class Options:
    """How an operation is run.

    parallel: how many resources are worked on at once. Default 0: as many as the CLI, four per core.
    refresh: read what is before planning, as the CLI's `--refresh`.
    message: what the history says of the operation.
    environment: variables for the program and the plugins, beside this process's own.
    """

    parallel: int = 0
    refresh: bool = False
    message: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended.

    counts: resources by what was done, in a preview what would be done. outputs: the stack's, secrets as
    `Secret`.
    failures: one text each, empty where all went well.
    """

    counts: Mapping[Op, int]
    outputs: Mapping[str, Any]
    seconds: float
    failures: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True where nothing failed."""
        return not self.failures


def run(
    verb: str,
    project: Project,
    stack: str,
    options: Options = Options(),
    listener: Listener = lambda event: None,
) -> Result:
    """Do a verb of VERBS to a stack.

    Resources that fail are in the result. Raises DockyardError or ProblemsError where the operation could
    not begin: the stack is locked, its state or configuration is bad, the passphrase is wrong, a provider
    is not at hand. Nothing was changed then.
    """
    if verb not in VERBS:
        raise DockyardError(f"no such operation: {verb!r}", f"one of {', '.join(VERBS)}")
    backend = Backend.open(project.state_url(), project.root)
    if verb in ("refresh", "destroy") and stack not in backend.stacks(project.name):
        raise DockyardError(f"no stack named {stack!r}", "`dockyard stack ls` shows those that there are")

    def notice(message: str) -> None:
        listener(Diagnostic(Severity.WARNING, message))

    if verb == "preview":
        checkpoint = backend.load(project.name, stack)
        return _Operation(verb, project, stack, options, listener, backend).run(
            checkpoint.resources if checkpoint else [], None
        )
    with backend.lock(project.name, stack, notice):
        file = StackFile.read(project, stack)
        manager = backend.manager(file.salt) if file.salt else None
        with contextlib.closing(StackStore.open(backend, project.name, stack, manager)) as store:
            if store.stray_journal:
                notice(
                    f"steps of a killed operation may be missing from the state: {store.stray_journal} has them"
                )
            operation = _Operation(verb, project, stack, options, listener, backend)
            try:
                return operation.run(store.resources, store)
            finally:
                operation.finish(store)


class _Operation:
    """One run of a verb on an open state."""

    def __init__(
        self,
        verb: str,
        project: Project,
        stack: str,
        options: Options,
        listener: Listener,
        backend: Backend,
    ) -> None:
        self._verb = verb
        self._project = project
        self._stack = stack
        self._options = options
        self._listener = listener
        self._backend = backend
        self._started = time.time()
        self._config = self._load_config()
        self._deployment: Deployment | None = None

    def _load_config(self) -> StackConfig:
        if self._verb in ("refresh", "destroy"):
            return StackConfig()

        def decrypt(ciphertext: str) -> str:
            salt = StackFile.read(self._project, self._stack).salt
            return self._backend.manager(salt).decrypt(ciphertext)

        return StackConfig.load(self._project, self._stack, decrypt)

    def run(self, resources: list[ResourceState], store: StackStore | None) -> Result:
        """Do the verb to the state."""
        began = time.monotonic()
        old_outputs = _outputs(resources)
        with self._session(resources, store) as session:
            deployment = session.deployment
            self._require_providers(session)
            self._deployment = deployment
            self._listener(Started(self._verb, self._project.name, self._stack))
            self._warn_of_interrupted(deployment)
            if self._options.refresh and self._verb != "refresh":
                deploy("refresh", self._project, session)
                deployment.counts.clear()
            if not deployment.stopped:
                deploy(self._verb, self._project, session)
        outputs = self._new_outputs(deployment)
        result = Result(
            dict(deployment.counts), outputs, time.monotonic() - began, tuple(deployment.failures)
        )
        self._tell_summary(result, old_outputs)
        return result

    def _tell_summary(self, result: Result, old_outputs: Mapping[str, Any]) -> None:
        self._listener(
            Summary(
                verb=self._verb,
                counts=result.counts,
                seconds=result.seconds,
                failed=not result.ok,
                outputs=change_module.mask(result.outputs),
                old_outputs=change_module.mask(old_outputs),
            )
        )

    @contextlib.contextmanager
    def _session(self, resources: list[ResourceState], store: StackStore | None) -> Iterator[Session]:
        environment = plugins.environment(self._options.environment)

        def tell(package: str, stream: str, line: str) -> None:
            deployment.emit(Output(package, stream, line))

        folder = self._project.main if self._project.main.is_dir() else self._project.main.parent
        host = plugins.PluginHost(self._project.plugins, folder, environment, tell)
        deployment = Deployment(
            project=self._project.name,
            stack=self._stack,
            organization=ORGANIZATION,
            preview=self._verb == "preview",
            parallel=self._options.parallel or default_parallel(),
            config=self._config.config,
            secret_keys=self._config.secret_keys,
            registry=Registry(host),
            store=store,
            resources=resources,
            listener=self._listener,
        )
        # Plugins log for as long as they live: with the program as well as without one.
        with served(EngineService(deployment).add_to, _ENGINE_WORKERS) as address:
            host.engine_address = address
            try:
                yield Session.of(deployment, environment)
            finally:
                host.stop()

    def _require_providers(self, session: Session) -> None:
        """Refuse before anything is changed where a provider is not at hand: one of the state, or one that
        the program wants.
        """
        packages = {
            urns.package_of(state.type)
            for state in session.deployment.resources
            if state.custom and not state.external
        }
        at_hand = session.deployment.registry.at_hand
        absent = [package for package in packages if not at_hand(package)]
        if self._verb == "up" and not absent and survey.worthwhile(self._project, session, at_hand):
            absent = survey.absent(self._project, session, at_hand)
        if absent:
            raise plugins.missing(absent)

    def _warn_of_interrupted(self, deployment: Deployment) -> None:
        interrupted = deployment.store.interrupted if deployment.store is not None else []
        if interrupted:
            lines = "\n".join(f"  * {op.resource.urn}, interrupted while {op.type}" for op in interrupted)
            deployment.warn(
                "",
                f"an earlier run was interrupted with {len(interrupted)} operations pending:\n{lines}\n"
                "they may have been done without being recorded; `up` does them again",
            )

    def _new_outputs(self, deployment: Deployment) -> dict[str, Any]:
        if deployment.store is not None:
            return _outputs(deployment.store.resources)
        root = deployment.news.get(deployment.root())
        return dict(root.outputs) if root else {}

    def finish(self, store: StackStore) -> None:
        """Write the state whole and add the operation to the stack's history, where it began."""
        deployment = self._deployment
        if deployment is None:
            return
        store.commit()
        update = Update(
            kind=_KINDS[self._verb],
            start=self._started,
            end=time.time(),
            succeeded=not deployment.failures,
            changes={str(op): count for op, count in deployment.counts.items()},
            config=self._config.encrypted,
            message=self._options.message,
        )
        self._backend.record(self._project.name, self._stack, update)


def _outputs(resources: list[ResourceState]) -> dict[str, Any]:
    """The outputs of the stack, from its own resource."""
    for state in resources:
        if state.type == urns.STACK_TYPE and not state.parent and not state.delete:
            return dict(state.outputs)
    return {}
