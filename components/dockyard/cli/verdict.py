"""What the policies say of a plan, for a person and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from dockyard.cli.display import short_type
from dockyard.engine.check import Plan, Violation
from dockyard.engine.urn import name_of, type_of
from dockyard.engine.waivers import Waived

_COLOURS = {"mandatory": "red", "advisory": "yellow"}


def lines(plan: Plan) -> Iterator[Text]:
    """Nothing without policies; else what is waived, advice, and last what fails: by policy, each place once, and a sum."""
    if not plan.judged:
        return
    if plan.waived:
        yield from (Text(), Text("waived", style="dim"))
        yield from (Text(f"  {line}", style="dim") for found in plan.waived for line in _waived(plan, found))
    for policy in _policies(plan.violations):
        yield Text()
        yield from _group(plan, [each for each in plan.violations if _group_of(each) == policy])
    yield Text()
    yield _sum(plan)


def _group_of(violation: Violation) -> tuple[bool, str]:
    return violation.mandatory, violation.policy


def _policies(violations: Sequence[Violation]) -> list[tuple[bool, str]]:
    return sorted({_group_of(each) for each in violations})


def _group(plan: Plan, found: Sequence[Violation]) -> Iterator[Text]:
    """What one policy has against the plan."""
    first = found[0]
    severity = f" ({first.severity})" if first.severity else ""
    colour = _COLOURS[level(first)]
    heading = Text.assemble((level(first), f"bold {colour}"), (f" {first.policy}", "bold"), severity)
    yield heading
    if first.description:
        yield Text(f"  {first.description}", style="dim")
    for urn in sorted({each.urn for each in found}):
        yield Text(f"  {_place(plan, urn)}")
        yield from (
            Text(f"    {line}")
            for each in found
            if each.urn == urn
            for line in each.message.splitlines() or [""]
        )


def _waived(plan: Plan, found: Waived) -> Iterator[str]:
    yield f"{found.violation.policy}: {_place(plan, found.violation.urn)}"
    yield f"  until {found.waiver.until}: {found.waiver.reason}"


def _place(plan: Plan, urn: str) -> str:
    """`stacks/__main__.py:7 aws Repository api`, or the stack."""
    if not urn:
        return f"stack {plan.stack}"
    source = plan.sources.get(urn)
    where = f"{source.file}:{source.line} " if source else ""
    return f"{where}{short_type(type_of(urn))} {name_of(urn)}"


def _sum(plan: Plan) -> Text:
    """`policies: 2 mandatory and 1 advisory violation, 1 waived`."""
    counts = [(sum(level(each) == kind for each in plan.violations), kind) for kind in _COLOURS]
    parts = [f"{count} {kind}" for count, kind in counts if count]
    total = len(plan.violations)
    text = f"policies: {' and '.join(parts) or 'no'} violation{'' if total == 1 else 's'}"
    text += f", {len(plan.waived)} waived" if plan.waived else ""
    return Text(text, style=next((_COLOURS[kind] for count, kind in counts if count), "green"))


def level(violation: Violation) -> str:
    return "mandatory" if violation.mandatory else "advisory"


def violation_json(plan: Plan, found: Violation) -> dict[str, Any]:
    return {**asdict(found), "level": level(found), "source": source_json(plan, found.urn)}


def waived_json(plan: Plan, found: Waived) -> dict[str, Any]:
    waiver = {**asdict(found.waiver), "until": found.waiver.until.isoformat()}
    return {**violation_json(plan, found.violation), "waiver": waiver}


def source_json(plan: Plan, urn: str) -> dict[str, Any] | None:
    source = plan.sources.get(urn)
    return source._asdict() if source else None
