"""A stack's configuration: Pulumi.<stack>.yaml under the typed `config:` block of Pulumi.yaml, as the
program is given it.

Rules as in Pulumi's `pkg/workspace/config.go` and `sdk/go/common/workspace/project.go`, with one more: a key
in the project's own
namespace that a typed block does not declare is refused, where the CLI passes it on.
"""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.engine import yaml12
from dockyard.engine.project import Project
from dockyard.engine.schema import Declaration, declarations
from dockyard.errors import DockyardError, Problem, ProblemsError

Decrypt = Callable[[str], str]
_SECURE = "secure"
# From here on Go writes numbers with an exponent.
_GO_EXPONENT = 1e21


@dataclass(frozen=True, slots=True)
class StackFile:
    """Pulumi.<stack>.yaml as it stands.

    salt: its `encryptionsalt`, "" where it has none. config: keys with their namespace.
    """

    path: Path
    salt: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, project: Project, stack: str) -> "StackFile":
        """The file of a stack; empty where there is none.

        Raises DockyardError, also for what the engine does not support.
        """
        path = project.stack_file(stack)
        if not path.exists():
            return cls(path)
        data = yaml12.load(path)
        provider = data.get("secretsprovider") or "passphrase"
        if provider not in ("passphrase", "default"):
            raise _unsupported(path, "secretsprovider", f"the secrets provider {provider!r}")
        if data.get("environment"):
            raise _unsupported(path, "environment", "Pulumi ESC environments")
        config = data.get("config") or {}
        if not isinstance(config, dict):
            raise ProblemsError(str(path), [Problem("config", f"must be a mapping, got {config!r}")])
        named = {key if ":" in key else f"{project.name}:{key}": value for key, value in config.items()}
        return cls(path, data.get("encryptionsalt") or "", named)


def _unsupported(path: Path, key: str, what: str) -> ProblemsError:
    hint = "run this stack with the Pulumi CLI"
    return ProblemsError(str(path), [Problem(key, f"the embedded engine does not support {what}", hint)])


@dataclass(frozen=True, slots=True)
class StackConfig:
    """What the program is given.

    config: text by key with its namespace, as in PULUMI_CONFIG: objects as JSON, secrets decrypted.
    secret_keys: the keys whose text holds a secret, as in PULUMI_CONFIG_SECRET_KEYS.
    encrypted: the same before decryption, as update history keeps it.
    """

    config: dict[str, str] = field(default_factory=dict)
    secret_keys: list[str] = field(default_factory=list)
    encrypted: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"StackConfig({', '.join(sorted(self.config))})"

    @classmethod
    def load(cls, project: Project, stack: str, decrypt: Decrypt | None = None) -> "StackConfig":
        """The configuration of a stack, defaults applied.

        decrypt: opens a secure value; it is called only where there is one. Raises ProblemsError for all
        that is wrong at once.
        """
        declared = declarations(project)
        file = StackFile.read(project, stack)
        given = dict(file.config)
        problems = list(_unknown(project, declared, given))
        for declaration in declared.values():
            if given.get(declaration.key) is None:
                given.pop(declaration.key, None)
                if declaration.value is not None:
                    given[declaration.key] = declaration.value
                elif declaration.required:
                    problems.append(Problem(_path(declaration.key), "is required, and has no default"))
        made = cls(encrypted=given)
        for key, value in given.items():
            problems += made._add(key, value, declared.get(key), decrypt)
        if problems:
            raise ProblemsError(str(file.path), sorted(problems, key=lambda problem: problem.path))
        return made

    def _add(
        self, key: str, value: Any, declared: Declaration | None, decrypt: Decrypt | None
    ) -> list[Problem]:
        secret = has_secure(value)
        problems = []
        if declared is not None and declared.secret and not secret:
            hint = f"pulumi config set --secret {key}"
            problems.append(
                Problem(_path(key), "must be encrypted: Pulumi.yaml declares it `secret: true`", hint)
            )
            secret = True
        try:
            opened = _open(value, decrypt)
        except DockyardError as error:
            return [*problems, Problem(_path(key), error.message, error.hint)]
        if declared is not None and not declared.accepts(_compared(opened, value)):
            found = "a secret that is not" if secret else f"{_shown(opened)}"
            problems.append(Problem(_path(key), f"must be of type {declared.type}, got {found}"))
        self.config[key] = text_of(opened)
        if secret:
            self.secret_keys.append(key)
        return problems


def _path(key: str) -> str:
    return f"config/{key}"


def _unknown(
    project: Project, declared: Mapping[str, Declaration], given: Mapping[str, Any]
) -> Iterator[Problem]:
    """Keys of the project that its typed block does not declare."""
    prefix = f"{project.name}:"
    own = [key for key in declared if key.startswith(prefix)]
    if not own:
        return
    for key in given:
        if key.startswith(prefix) and key not in declared:
            close = difflib.get_close_matches(key, own, 1)
            hint = (
                f"did you mean {close[0]}?"
                if close
                else f"{project.file.name} declares {', '.join(sorted(own))}"
            )
            yield Problem(_path(key), f"is not declared in {project.file.name}", hint)


def is_secure(value: Any) -> bool:
    """True for {"secure": "<ciphertext>"}."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get(_SECURE), str)


def has_secure(value: Any) -> bool:
    """True where a secure value stands anywhere within the value."""
    if is_secure(value):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(has_secure(item) for item in items)


def _open(value: Any, decrypt: Decrypt | None) -> Any:
    if is_secure(value):
        if decrypt is None:
            raise DockyardError("is encrypted, and there is no passphrase to open it with")
        return decrypt(value[_SECURE])
    if isinstance(value, dict):
        return {key: _open(item, decrypt) for key, item in value.items()}
    return [_open(item, decrypt) for item in value] if isinstance(value, list) else value


def _compared(opened: Any, value: Any) -> Any:
    """The value in the form that the CLI checks: a scalar is its text, an object what it is."""
    return opened if isinstance(value, dict | list) and not is_secure(value) else text_of(opened)


def text_of(value: Any) -> str:
    """A value as PULUMI_CONFIG holds it: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _whole(value: Any) -> Any:
    """The value with whole numbers without their point, as Go writes them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _GO_EXPONENT:
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
