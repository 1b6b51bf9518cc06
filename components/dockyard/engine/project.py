"""The Pulumi project: Pulumi.yaml, found and checked."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.engine import yaml12
from dockyard.errors import DockyardError, Problem, ProblemsError

FILES = ("Pulumi.yaml", "Pulumi.yml")
BACKEND_URL = "PULUMI_BACKEND_URL"
STATE_FOLDER = ".state"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NAME_RULE = "1 to 100 letters, digits, hyphens, underscores and periods, not `.` or `..`"


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    root: the folder of Pulumi.yaml. main: the program's folder or file. stack_config_dir: where
    Pulumi.<stack>.yaml stand.
    plugins: provider plugins by package name, as folders or files. All paths are absolute.
    config: the `config:` block as it stands, shorthand included. backend_url: of Pulumi.yaml, "" where it
    names none.
    """

    name: str
    root: Path
    main: Path
    stack_config_dir: Path
    runtime: str
    runtime_options: Mapping[str, Any] = field(default_factory=dict)
    plugins: Mapping[str, Path] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    backend_url: str = ""
    file: Path = Path()

    @classmethod
    def find(cls, path: Path | str = ".") -> "Project":
        """The project of the closest Pulumi.yaml, searched upwards from a folder.

        Raises DockyardError where there is none, ProblemsError for all that is wrong in it.
        """
        start = Path(path).absolute()
        for folder in (start, *start.parents):
            for name in FILES:
                if (folder / name).is_file():
                    return cls.read(folder / name)
        raise DockyardError(
            f"no Pulumi.yaml found in {start} or above it",
            "run this in the project's folder, or say which with `-C`",
        )

    @classmethod
    def read(cls, file: Path) -> "Project":
        """The project of a file.

        Raises DockyardError where it cannot be read, ProblemsError for all that is wrong in it.
        """
        data = yaml12.load(file)
        problems = list(_problems(data))
        if problems:
            raise ProblemsError(str(file), problems)
        root, runtime = file.parent, data["runtime"]
        named = runtime if isinstance(runtime, dict) else {"name": runtime}
        config = data.get("config")
        stack_folder = data.get("stackConfigDir") or (config if isinstance(config, str) else "")
        providers = (data.get("plugins") or {}).get("providers") or []
        return cls(
            name=data["name"],
            root=root,
            main=_join(root, data.get("main") or ""),
            stack_config_dir=_join(root, stack_folder),
            runtime=named["name"],
            runtime_options=named.get("options") or {},
            plugins={plugin["name"]: _join(root, plugin["path"]) for plugin in providers},
            config=config if isinstance(config, dict) else {},
            backend_url=(data.get("backend") or {}).get("url") or "",
            file=file,
        )

    def state_url(self, environment: Mapping[str, str] | None = None) -> str:
        """Where the state is kept.

        PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml, else the folder .state at the root.
        """
        given = (os.environ if environment is None else environment).get(BACKEND_URL, "")
        return given or self.backend_url or f"file://{self.root / STATE_FOLDER}"

    def stack_file(self, stack: str) -> Path:
        """Pulumi.<stack>.yaml, which may not exist. Raises DockyardError where that is no stack's name."""
        return self.stack_config_dir / f"Pulumi.{check_stack_name(stack)}{self.file.suffix or '.yaml'}"


def _join(root: Path, relative: str) -> Path:
    return Path(os.path.normpath(root / relative))


def check_stack_name(name: str) -> str:
    """The name, where it is one.

    Raises DockyardError. Rules of `sdk/go/common/tokens/stack_name.go`, and no path of its own.
    """
    return _check_name(name, "stack")


def check_project_name(name: str) -> str:
    """The name, where it is one.

    Raises DockyardError. Rules of `sdk/go/common/tokens/project.go`, and no path of its own.
    """
    return _check_name(name, "project")


def _check_name(name: str, what: str) -> str:
    if not _is_name(name):
        raise DockyardError(f"{name!r} is no {what} name: {_NAME_RULE}")
    return name


def _is_name(name: Any) -> bool:
    # "." and ".." fit the CLI's pattern, but as a file's or folder's name they leave the backend.
    return isinstance(name, str) and bool(_NAME.fullmatch(name)) and name not in (".", "..")


def _problems(data: Mapping[str, Any]) -> list[Problem]:
    found = []
    if not _is_name(data.get("name")):
        found.append(Problem("name", f"must be {_NAME_RULE}, got {data.get('name')!r}"))
    runtime = data.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    if not isinstance(name, str) or not name:
        found.append(Problem("runtime", f"must be a runtime's name or {{name, options}}, got {runtime!r}"))
    elif isinstance(runtime, dict) and not isinstance(runtime.get("options") or {}, dict):
        found.append(Problem("runtime/options", f"must be a mapping, got {runtime['options']!r}"))
    for key in ("main", "stackConfigDir"):
        if not isinstance(data.get(key) or "", str):
            found.append(Problem(key, f"must be a path, got {data[key]!r}"))
    for key in ("backend", "plugins"):
        if not isinstance(data.get(key) or {}, dict):
            found.append(Problem(key, f"must be a mapping, got {data[key]!r}"))
    if isinstance(data.get("plugins"), dict):
        found += _plugin_problems(data["plugins"].get("providers") or [])
    return found


def _plugin_problems(providers: Any) -> list[Problem]:
    if not isinstance(providers, list):
        return [Problem("plugins/providers", f"must be a list, got {providers!r}")]
    return [
        Problem(f"plugins/providers/{index}", "must have a `name` and a `path`")
        for index, plugin in enumerate(providers)
        if not isinstance(plugin, dict)
        or not all(isinstance(plugin.get(key), str) for key in ("name", "path"))
    ]
