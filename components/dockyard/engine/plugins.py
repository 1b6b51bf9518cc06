"""Provider plugins: where each is found, how it is started and stopped.

Found in this order, as the CLI does: attached (`PULUMI_DEBUG_PROVIDERS=NAME:PORT,...`), `plugins.providers`
of Pulumi.yaml, then `pulumi-resource-NAME` on PATH. Nothing is ever downloaded.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import grpc
import yaml

from dockyard.engine import process
from dockyard.engine.failure import ProviderError
from dockyard.engine.provider import CHANNEL_OPTIONS, Provider
from dockyard.errors import DockyardError

OnOutput = Callable[[str, str, str], None]
ATTACHED = "PULUMI_DEBUG_PROVIDERS"
INSTALL_HINT = (
    "run it with the Pulumi CLI, which installs provider plugins itself "
    "(https://www.pulumi.com/docs/install/): `pulumi up`; the stack's state is shared"
)


class Source(NamedTuple):
    """Where a plugin is: a port to attach to, or the command that starts it."""

    port: int = 0
    command: tuple[str, ...] = ()
    folder: Path = Path()


class Running(NamedTuple):
    """A plugin that answers. `child` is None where somebody else started it."""

    provider: Provider
    channel: grpc.Channel
    child: process.Child | None


class PluginHost:
    """Starts provider plugins and stops all that it started.

    paths: package name -> folder or file, as in Pulumi.yaml's `plugins.providers`, absolute.
    folder: where they run, the program's folder.
    environment: what plugins are given as their environment.
    on_output: called with (package, stream, line), from threads.
    """

    def __init__(
        self, paths: Mapping[str, Path], folder: Path, environment: Mapping[str, str], on_output: OnOutput
    ) -> None:
        self._folder = folder
        self._paths = paths
        self._environment = dict(environment)
        self._on_output = on_output
        self._running: list[Running] = []
        self._lock = threading.Lock()
        self.engine_address = ""

    def at_hand(self, package: str) -> bool:
        """True where the package's plugin can be started on this machine."""
        return self._find(package) is not None

    def require(self, package: str) -> None:
        """Raises DockyardError, naming the CLI, where the package's plugin is not at hand."""
        if not self.at_hand(package):
            raise missing([package])

    def start(self, package: str) -> Provider:
        """A new instance of the package's provider, not configured yet. Raises DockyardError."""
        source = self._find(package)
        if source is None:
            raise missing([package])
        child = None if source.port else self._spawn(package, source)
        port = source.port or self._port(package, child)
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", CHANNEL_OPTIONS)
        provider = Provider(channel, package)
        with self._lock:
            self._running.append(Running(provider, channel, child))
        try:
            provider.handshake(self.engine_address, str(source.folder))
        except ProviderError as error:
            raise DockyardError(f"the provider plugin {package!r} does not answer: {error}") from error
        return provider

    def stop(self) -> None:
        """Cancel and terminate every plugin that was started."""
        with self._lock:
            running, self._running = self._running, []
        for plugin in running:
            plugin.provider.cancel()
        for plugin in running:
            plugin.channel.close()
            if plugin.child is not None:
                plugin.child.stop()

    def _find(self, package: str) -> Source | None:
        attached = _attached(self._environment.get(ATTACHED, ""))
        if package in attached:
            return Source(port=attached[package])
        if package in self._paths:
            return _at(package, self._paths[package])
        program = shutil.which(f"pulumi-resource-{package}", path=self._environment.get("PATH"))
        return Source(command=(program,), folder=Path(program).parent) if program else None

    def _spawn(self, package: str, source: Source) -> process.Child:
        try:
            return process.start(
                [*source.command, self.engine_address],
                cwd=self._folder,
                env=self._environment,
                on_line=lambda stream, line: self._on_output(package, stream, line),
            )
        except OSError as error:
            raise DockyardError(f"the provider plugin {package!r} cannot be started: {error}") from error

    def _port(self, package: str, child: process.Child | None) -> int:
        if child is None:
            raise DockyardError(f"the provider plugin {package!r} is attached without a port")
        line = child.first_line()
        if line.isdecimal():
            return int(line)
        child.stop()
        said = f"; it wrote:\n{child.tail}" if child.tail else ""
        raise DockyardError(
            f"the provider plugin {package!r} did not start: "
            f"expected a port on its first line, got {line!r}{said}"
        )


def missing(packages: list[str]) -> DockyardError:
    """The refusal of a stack whose providers are not on this machine."""
    names = ", ".join(repr(package) for package in sorted(packages))
    return DockyardError(
        f"the embedded engine has no plugin for the provider{'s' if len(packages) > 1 else ''} {names}",
        INSTALL_HINT,
    )


def _attached(text: str) -> dict[str, int]:
    pairs = (pair.rpartition(":") for pair in text.split(",") if pair.strip())
    ports = {}
    for name, _, port in pairs:
        if not port.isdecimal():
            raise DockyardError(f"{ATTACHED}: expected NAME:PORT,... , got {text!r}")
        ports[name.strip()] = int(port)
    return ports


def _at(package: str, path: Path) -> Source | None:
    """The plugin at a path of Pulumi.yaml: a program, a folder with one, or a Python plugin's folder."""
    if path.is_file():
        return Source(command=(str(path),), folder=path.parent)
    program = path / f"pulumi-resource-{package}"
    if program.is_file():
        return Source(command=(str(program),), folder=path)
    manifest = path / "PulumiPlugin.yaml"
    if not manifest.is_file():
        return None
    return Source(command=(_python(package, manifest), str(path)), folder=path)


def _python(package: str, manifest: Path) -> str:
    """The interpreter that a Python plugin asks for. Where that does not exist, our own."""
    runtime = (yaml.safe_load(manifest.read_text()) or {}).get("runtime")
    name, options = (
        (runtime.get("name"), runtime.get("options") or {}) if isinstance(runtime, dict) else (runtime, {})
    )
    if name != "python":
        raise DockyardError(
            f"the provider plugin {package!r} has the runtime {name!r}; the embedded engine starts Python",
            INSTALL_HINT,
        )
    python = manifest.parent / options.get("virtualenv", "venv") / "bin" / "python"
    return str(python) if python.exists() else sys.executable


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of plugins and programs: ours without what must not leave the engine, and `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_CONFIG_PASSPHRASE")}
    # gRPC's own notes on closed connections say nothing to a user.
    return {"GRPC_VERBOSITY": "NONE", **kept, **extra}
