"""`dockyard retention simulate`: what a stack's rules would do with a list of images."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dockyard.cli import context
from dockyard.engine.config import StackFile
from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.retention import Decision, Image, Rule, read_retention, simulate

OPTIONS = "registry:options"
KIND, SELF_HOSTED = "registry:kind", "self-hosted"
FORM = '{"digest": "sha256:…", "tags": ["v1"], "pushed": "2026-01-31T12:00:00Z", "pulled": "2026-02-01T12:00:00Z"}'


def simulate_stack(
    stack: str, listing: bytes, repository: str | None, now: str | None, *, as_json: bool
) -> None:
    """Prints what would become of each image. Raises DockyardError for settings or a listing that cannot be read."""
    rules = _rules(stack, repository)
    images = read_images(listing)
    moment = _time(now) if now else datetime.now(UTC)
    decisions = simulate(rules, images, moment)
    if as_json:
        click.echo(json.dumps([_plain(decision) for decision in decisions], indent=2))
        return
    _show(decisions)


def _rules(stack: str, repository: str | None) -> Sequence[Rule]:
    from dockyard.args import RepositoryArgs, RetentionArgs
    from dockyard.spelling import snake_args

    project = context.workplace().project
    file = StackFile.read(project, stack)
    if not file.path.exists():
        raise DockyardError(f"no stack named {stack!r}: there is no {file.path}")
    if file.config.get(KIND, SELF_HOSTED) == SELF_HOSTED:
        hint = "what would go is told by `dockyard retention run --dry-run`"
        raise DockyardError(f"stack {stack!r} has a self-hosted registry, which knows its images", hint)
    options = file.config.get(OPTIONS) or {}
    path, values = f"{OPTIONS}/retention", snake_args(options.get("retention"), RetentionArgs)
    if repository is not None:
        own = (options.get("repositories") or {}).get(repository)
        if own is None:
            known = ", ".join(sorted(options.get("repositories") or {})) or "none"
            raise DockyardError(f"{OPTIONS} has no repository {repository!r}", f"its repositories: {known}")
        of_its_own = snake_args(own, RepositoryArgs).get("retention")
        if of_its_own is not None:
            path, values = f"{OPTIONS}/repositories/{repository}/retention", of_its_own
    problems: list[Problem] = []
    rules = read_retention(values, problems, path)
    if problems:
        raise ProblemsError(str(file.path), problems)
    return rules


def read_images(listing: bytes) -> list[Image]:
    """The images of a JSON list, or of one JSON object in each line. Raises ProblemsError with every bad entry."""
    problems: list[Problem] = []
    images = [
        image for place, entry in _entries(listing, problems) if (image := _image(place, entry, problems))
    ]
    if problems:
        raise ProblemsError(
            "the listing", [*problems[:-1], problems[-1]._replace(hint=f"an entry is {FORM}")]
        )
    return images


def _entries(listing: bytes, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    text = listing.decode("utf-8", errors="replace")
    if text.lstrip().startswith("["):
        try:
            yield from ((f"entry {number}", entry) for number, entry in enumerate(json.loads(text), 1))
        except json.JSONDecodeError as error:
            problems.append(Problem(f"line {error.lineno}", f"is no JSON: {error.msg}"))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except json.JSONDecodeError as error:
                problems.append(Problem(f"line {number}", f"is no JSON: {error.msg}"))


def _image(place: str, entry: Any, problems: list[Problem]) -> Image | None:
    try:
        pulled = entry.get("pulled")
        tags = entry.get("tags") or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise TypeError("tags")
        return Image(
            str(entry["digest"]), tuple(tags), _time(entry["pushed"]), _time(pulled) if pulled else None
        )
    except DockyardError as error:
        problems.append(Problem(place, error.message))
    except (KeyError, TypeError, AttributeError):
        problems.append(Problem(place, "is no image"))
    return None


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise DockyardError(f"is no time in ISO 8601: {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(decision: Decision) -> dict[str, Any]:
    image = decision.image
    rule = decision.rule.name if decision.rule else None
    return {"digest": image.digest, "tags": list(image.tags), "action": decision.action.value, "rule": rule}


def _show(decisions: Sequence[Decision]) -> None:
    table = Table("image", "tags", "pushed", "becomes", "by rule")
    for decision in sorted(decisions, key=lambda one: one.image.pushed, reverse=True):
        image = decision.image
        rule = decision.rule.name if decision.rule else ""
        pushed = image.pushed.isoformat(" ", "minutes")
        table.add_row(image.digest[:19], ", ".join(image.tags), pushed, decision.action.value, rule)
    console = Console(highlight=False)
    if decisions:
        console.print(table)
    counts = Counter(decision.action.value for decision in decisions)
    console.print(", ".join(f"{counts[action]} {action}" for action in ("keep", "archive", "expire")))
