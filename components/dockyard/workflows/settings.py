"""The settings of workflows, as plain data; every problem is told with its path.

Values go into YAML and into expressions of the CI service, so each has a form that can carry neither quotes nor `${{`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.errors import Problem, ProblemsError
from dockyard.reader import Reader
from dockyard.workflows.logins import Login, read_login

GITHUB, GITLAB = "github", "gitlab"
KINDS = ("check", "preview", "deploy", "drift", "release", "image")
_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_JOB = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./ -]{0,99}")
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{))[A-Za-z0-9][A-Za-z0-9._/-]{0,199}(?<![/.])")
_FOLDER = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))[A-Za-z0-9._][A-Za-z0-9._/-]{0,199}")
_PLATFORM = re.compile(r"linux/[a-z0-9]+(?:/v[0-9]+)?")
_PYTHON = re.compile(r"3\.[0-9]{1,2}")
_BACKEND = re.compile(r"(?:s3|gs|azblob|https)://[A-Za-z0-9._~/?&=:@%-]+")
_IMAGE = re.compile(r"[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+")
_CRON = re.compile(r"(?:[0-9*,/-]+ ){4}[0-9*,/-]+")


@dataclass(frozen=True)
class Stack:
    """One stack. login: who deploys it; preview: who may only read it. None: nobody does from here."""

    name: str
    environment: str
    after: tuple[str, ...]
    login: Login | None
    preview: Login | None


@dataclass(frozen=True)
class Image:
    """One image. reference: `HOST/REPOSITORY`, as the output `images` of a stack has it. environment: "" for none.
    simple: no scan, no signature.
    """

    name: str
    reference: str
    login: Login
    context: str
    file: str
    platforms: tuple[str, ...]
    environment: str
    simple: bool

    @property
    def host(self) -> str:
        return self.reference.split("/")[0]

    @property
    def versions(self) -> bool:
        """Whether version tags may push it: clouds trust exact branches, tags and environments, and no tag is known beforehand."""
        return bool(self.environment) or self.login.kind == "selfHosted"


@dataclass(frozen=True)
class Settings:
    """What is rendered; folder: where Pulumi.yaml stands."""

    service: str
    kinds: tuple[str, ...]
    branch: str
    python: str
    requirements: str
    folder: str
    policy_pack: str
    backend: str
    schedule: str
    stacks: tuple[Stack, ...]
    images: tuple[Image, ...]


def read_settings(values: object) -> Settings:
    """Raises ProblemsError."""
    problems: list[Problem] = []
    if not isinstance(values, Mapping):
        raise ProblemsError("workflows", [Problem("settings", "must be an object", "stacks: {dev: {}}")])
    reader = Reader(values, problems)
    settings = Settings(
        service=reader.choice("service", GITHUB, (GITHUB, GITLAB)),
        kinds=_kinds(reader),
        branch=_shaped(reader, "branch", _BRANCH, "main"),
        python=_shaped(reader, "python", _PYTHON, "3.12"),
        requirements=_shaped(reader, "requirements", _FOLDER, "requirements.txt"),
        folder=_shaped(reader, "folder", _FOLDER, "."),
        policy_pack=_shaped(reader, "policyPack", _FOLDER, ""),
        backend=_shaped(reader, "backend", _BACKEND, ""),
        schedule=_shaped(reader, "schedule", _CRON, "17 4 * * 1-5"),
        stacks=tuple(_stack(name, entry) for name, entry in reader.objects("stacks")),
        images=tuple(_image(name, entry) for name, entry in reader.objects("images")),
    )
    reader.finish()
    _check_order(settings.stacks, problems)
    if not settings.stacks and not settings.images:
        problems.append(Problem("stacks", "or images: at least one is needed", "stacks: {dev: {}}"))
    if problems:
        raise ProblemsError("workflows", dict.fromkeys(problems))
    return settings


def _kinds(reader: Reader) -> tuple[str, ...]:
    kinds = reader.texts("workflows", KINDS)
    for index, kind in enumerate(kinds):
        if kind not in KINDS:
            reader.problem(f"workflows/{index}", f"is no workflow: {kind!r}", ", ".join(KINDS))
    return tuple(kind for kind in KINDS if kind in kinds)


def _shaped(reader: Reader, key: str, form: re.Pattern[str], default: str) -> str:
    value = reader.text(key, default)
    if value != default and not form.fullmatch(value):
        reader.problem(key, f"cannot stand in a workflow: {value!r}", f"for example {_EXAMPLES[key]}")
        return default
    return value


_EXAMPLES = {
    "backend": "s3://acme-state",
    "branch": "main",
    "context": "services/api",
    "environment": "production",
    "file": "services/api/Dockerfile",
    "folder": "infrastructure",
    "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/api",
    "policyPack": "policy",
    "python": "3.12",
    "requirements": "requirements.txt",
    "schedule": "17 4 * * 1-5",
}


def _stack(name: str, entry: Reader) -> Stack:
    _check_name(name, entry, _STACK)
    stack = Stack(
        name,
        _shaped(entry, "environment", _ENVIRONMENT, ""),
        entry.texts("after"),
        read_login(entry, "login", registry=False),
        read_login(entry, "previewLogin", registry=False),
    )
    entry.finish()
    return stack


def _image(name: str, entry: Reader) -> Image:
    _check_name(name, entry, _JOB)
    platforms = entry.texts("platforms", ("linux/amd64",))
    for index, platform in enumerate(platforms):
        if not _PLATFORM.fullmatch(platform):
            entry.problem(f"platforms/{index}", f"is no platform: {platform!r}", "linux/amd64, linux/arm64")
    reference = _shaped(entry, "image", _IMAGE, "")
    if entry.get("image") is None:
        entry.problem("image", "is required", _EXAMPLES["image"])
    login = read_login(entry, "login", registry=True)
    if entry.get("login") is None:
        entry.problem("login", "is required", "one of aws, azure, gcp, selfHosted")
    image = Image(
        name,
        reference,
        login or Login("", {}),
        _shaped(entry, "context", _FOLDER, "."),
        _shaped(entry, "file", _FOLDER, "Dockerfile"),
        platforms,
        _shaped(entry, "environment", _ENVIRONMENT, ""),
        entry.boolean("simple", False),
    )
    if image.simple and len(platforms) > 1:
        entry.problem("simple", "builds for one platform", "leave it out, or name one of platforms")
    if image.simple and not image.versions:
        hint = "protect an environment of the repository, and trust it: ci_trust.NAME.github.environments"
        entry.problem(
            "environment",
            "is required: version tags push it, and no cloud trusts tags that it does not know",
            hint,
        )
    entry.finish()
    return image


def _check_name(name: str, entry: Reader, form: re.Pattern[str]) -> None:
    if not form.fullmatch(name):
        hint = "letters, digits and `-`, also `_` and `.` in a stack's"
        entry.problems.append(Problem(entry.path, "is not a name that a job can have", hint))


def _check_order(stacks: tuple[Stack, ...], problems: list[Problem]) -> None:
    """A stack is deployed after others that there are, and no two wait for each other."""
    after: dict[str, tuple[str, ...]] = {stack.name: stack.after for stack in stacks}
    for name, others in after.items():
        for other in others:
            if other not in after:
                problems.append(Problem(f"stacks/{name}/after", f"there is no stack {other!r}"))
    done: set[str] = set()
    while ready := {
        name for name, others in after.items() if name not in done and not (set(others) & set(after)) - done
    }:
        done |= ready
    for name in sorted(set(after) - done):
        problems.append(Problem(f"stacks/{name}/after", "waits for itself"))


def plain(settings: Settings) -> dict[str, Any]:
    """For templates."""
    return {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
