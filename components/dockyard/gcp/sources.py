"""Where a repository's images come from: pushes, another registry, or other repositories."""

from dataclasses import dataclass
from typing import Any

from dockyard.leaves import read_leaf
from dockyard.reader import Reader

REPOSITORY = r"projects/[^/\s]+/locations/[^/\s]+/repositories/[^/\s]+"
_REPOSITORY_SHAPE = "projects/PROJECT/locations/LOCATION/repositories/REPOSITORY"
_SECRET = r"projects/[^/\s]+/secrets/[^/\s]+/versions/[^/\s]+"  # noqa: S105 -- where a secret is, not what it is
_MODES = {"remote": "REMOTE_REPOSITORY", "virtual": "VIRTUAL_REPOSITORY"}


@dataclass(frozen=True)
class Remote:
    """The registry that is cached; `uri` is None for Docker Hub. The values may be known during the deployment only."""

    uri: Any = None
    username: Any = None
    password_secret_version: Any = None


@dataclass(frozen=True)
class Upstream:
    """One repository behind a virtual one."""

    name: str
    repository: Any
    priority: int


@dataclass(frozen=True)
class Source:
    """mode: as Artifact Registry calls it. At most one of the others is there."""

    mode: str = "STANDARD_REPOSITORY"
    remote: Remote | None = None
    upstreams: tuple[Upstream, ...] = ()

    @property
    def is_standard(self) -> bool:
        return self.mode == "STANDARD_REPOSITORY"

    @property
    def is_virtual(self) -> bool:
        return self.mode == "VIRTUAL_REPOSITORY"


def read_source(reader: Reader) -> Source:
    """Sources: "Create remote repositories", "Create virtual repositories"."""
    given = [key for key in _MODES if reader.get(key) is not None]
    if len(given) > 1:
        reader.problem(
            "virtual", "does not go with remote", "two registries: the virtual one names the remote one"
        )
    remote = _remote(reader) if "remote" in given else None
    upstreams = _upstreams(reader) if "virtual" in given else ()
    return Source(_MODES[given[0]], remote, upstreams) if given else Source()


def _remote(reader: Reader) -> Remote:
    remote = Reader(reader.get("remote"), reader.problems, reader.at("remote"))
    shape = f"https://HOST or {_REPOSITORY_SHAPE}"
    uri = read_leaf(remote, "uri", rf"https://[^/\s]+(?:/\S*)?|{REPOSITORY}", shape)
    hub = remote.boolean("docker_hub", False)
    username = read_leaf(remote, "username", r"\S+", "a user name")
    password = read_leaf(
        remote, "password_secret_version", _SECRET, "projects/PROJECT/secrets/NAME/versions/VERSION"
    )
    if hub == (uri is not None):
        hint = "uri for any registry, docker_hub for Docker Hub"
        remote.problem("uri", "does not go with docker_hub" if hub else "is required, or docker_hub", hint)
    if (username is None) != (password is None):
        missing, there = (
            ("username", "password_secret_version")
            if username is None
            else ("password_secret_version", "username")
        )
        remote.problem(missing, f"is required with {there}", "give both, or neither to pull without a login")
    remote.finish()
    return Remote(uri, username, password)


def _upstreams(reader: Reader) -> tuple[Upstream, ...]:
    upstreams = []
    for name, entry in reader.objects("virtual"):
        repository = read_leaf(entry, "repository", REPOSITORY, _REPOSITORY_SHAPE)
        if repository is None:
            entry.problem("repository", "is required", _REPOSITORY_SHAPE)
        if entry.get("priority") is None:
            entry.problem("priority", "is required", "the highest answers first: 100")
        upstreams.append(Upstream(name, repository, entry.integer("priority", 1, 1, 2**31 - 1)))
        entry.finish()
    if not upstreams and reader.get("virtual") == {}:
        reader.problem("virtual", "must name at least one repository")
    return tuple(upstreams)
