"""A bundle: everything that one registry needs on its host, as plain data. `render` makes it, the `Host` resource applies it."""

import base64
from dataclasses import dataclass, field
from enum import StrEnum


class Runtime(StrEnum):
    """What keeps the services running."""

    SYSTEMD = "systemd"
    SUPERVISOR = "supervisor"
    COMPOSE = "compose"
    """Docker, for the registry and its front; one of the others runs the operations beside it. No bundle's own runtime is this."""


@dataclass(frozen=True)
class Account:
    """A system user without a login shell, with a group of the same name. Only for hosts that are configured as root."""

    name: str
    groups: tuple[str, ...] = ()
    """Further groups the user is in."""


@dataclass(frozen=True)
class Directory:
    """A folder. Its parents are made as needed."""

    mode: int
    owner: str | None = None
    """User and group; None leaves the applying user's."""
    group: str | None = None
    keep: bool = False
    """True for the images themselves: removed on delete only where `deletion` is "delete"."""
    precious: bool = False
    """True for what stays whatever `deletion` says: backups."""
    memory: bool = False
    """True where it must be on memory-backed storage (tmpfs, ramfs): the applier refuses anything else."""


@dataclass(frozen=True)
class File:
    """A file with its whole content; written to a temporary name in the same folder, synced, then renamed."""

    content: str
    mode: int
    owner: str | None = None
    group: str | None = None
    secret: bool = False
    """True where the content must not be shown or stored in plain text."""
    encoding: str = ""
    """"base64" where the file's bytes are no text and `content` stands for them; "" for UTF-8."""

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return base64.b64decode(self.content) if self.encoding == "base64" else self.content.encode()


@dataclass(frozen=True)
class Service:
    """One service, known to the runtime under `name` (a systemd unit, a supervisor program), started in the order given."""

    name: str
    restart_on: tuple[str, ...] = ()
    """Paths of files whose change needs a restart."""
    reload_on: tuple[str, ...] = ()
    """Paths of files whose change needs a reload (SIGHUP) only."""
    run_file: str = ""
    """Where `ops/launch.py` remembers the service's processes, for those that outlive what runs the service; "" for none."""
    container: str = ""
    """Its name in the bundle's compose.yaml, for one that Docker runs; "" for none."""


@dataclass(frozen=True)
class Containers:
    """Services that Docker runs, by `docker compose`."""

    file: str
    """compose.yaml, one of the bundle's files."""
    project: str
    images: tuple[str, ...]
    """References that must be on the host, or be pulled, before anything is changed."""
    accounts: tuple[tuple[str, str], ...]
    """NAME -> account: compose.yaml takes NAME_UID and NAME_GID from the file `.env` beside it. "" for who applies."""
    writes: tuple[tuple[str, str], ...]
    """Path -> account: what containers write to, or alone read, with `*` in names; another runtime may have left it to somebody else."""
    program: tuple[str, str, str]
    """An image, a program in it, and where the host gets a copy of that program."""


def unit_of(service: str) -> str:
    """systemd's name of a service: one whose name ends in `.timer` is a timer."""
    return service if service.endswith(".timer") else f"{service}.service"


@dataclass(frozen=True)
class Check:
    """A command that must succeed on the new files before any of them goes live.

    In its arguments `{stage}` stands for a private folder that holds the new content of every file below `root`, under the same
    relative names.
    """

    name: str
    command: tuple[str, ...]
    root: str


@dataclass(frozen=True)
class Requirement:
    """What the host must have before anything is changed; each failure is a clear error."""

    binaries: tuple[str, ...] = ()
    """Absolute paths that must be executable once `packages` are installed."""
    ports: tuple[str, ...] = ()
    """`address:port` (`[::1]:443` for IPv6) that must be free, or be held by this bundle's own services."""
    writable: tuple[str, ...] = ()
    """Folders that must be writable for the user who applies."""
    programs: tuple[str, ...] = ()
    """Absolute paths of the operator's own programs, which must be executable; no package brings them."""


@dataclass(frozen=True)
class RegistryProgram:
    """The registry's program. Another program or version is put in its place with a way back."""

    service: str
    """Name of the service that runs it."""
    version: str
    """"2" or "3"."""
    program: str
    """Absolute path; with Docker, the reference of an image."""
    own: bool
    """Whether somebody has put it there; False for the distribution's package."""
    configuration: str
    """Path of its configuration, one of the bundle's files."""
    config: str
    """Path of the operations' configuration, one of the bundle's files."""
    without_backup: bool = False
    """Whether it may change where the images have no good backup."""
    front: str = ""
    """With Docker, the reference of the front's image, which changes the same way; "" without."""


@dataclass(frozen=True)
class Bundle:
    """One registry on one host. Two renders of the same settings are equal, and so are their bytes."""

    runtime: Runtime
    accounts: tuple[Account, ...] = ()
    packages: tuple[str, ...] = ()
    """The distribution's packages; empty where the applying user is not root."""
    package_manager: str = "apt"
    """What installs them: apt or dnf."""
    package_services: tuple[str, ...] = ()
    """Services that those packages would start by themselves and that must not run, where we installed the package."""
    time_daemons: tuple[str, ...] = ()
    """Packages any of which keeps the clock in time; the first is installed where the host has none of them and may set its clock."""
    directories: dict[str, Directory] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    checks: tuple[Check, ...] = ()
    requires: Requirement = Requirement()
    supervisor: str | None = None
    """Path of supervisord's configuration file (one of `files`), for `Runtime.SUPERVISOR` only."""
    registry: RegistryProgram | None = None
    """None for a bundle without a registry of its own."""
    containers: Containers | None = None
    """None where Docker runs nothing of it."""
