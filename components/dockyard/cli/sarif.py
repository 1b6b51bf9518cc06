"""SARIF 2.1.0, the format of code scanning: what is wrong with a plan, one result each, at the line to blame.

Properties and their rules: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13 to
3.52; what code scanning reads of them: GitHub Docs, "SARIF support for code scanning".
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from dockyard import __version__
from dockyard.engine import waivers
from dockyard.engine.check import Plan, Violation
from dockyard.engine.project import Project
from dockyard.engine.source import Source
from dockyard.engine.urn import name_of
from dockyard.errors import DockyardError

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ERROR_RULE = "program-error"
_ERROR_TEXT = "A stack that can be planned: its configuration is valid and its program runs."
_ROOT = "%SRCROOT%"
# Within the ranges that code scanning calls low, medium, high and critical.
_SCORES = {"low": "2.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}


class Result(NamedTuple):
    """One thing that is wrong. rule: its id. about: what the rule asks for. fails: whether it fails the check.
    severity: low to critical, or "". excuse: why it does not count, "" where it does.
    """

    rule: str
    about: str
    fails: bool
    message: str
    source: Source
    urn: str = ""
    severity: str = ""
    excuse: str = ""


def of_plan(plan: Plan, project: Project) -> dict[str, Any]:
    """The document of a plan: errors of the program and violations of policies; none of either are no results."""
    program = _program(project)
    errors = [
        Result(ERROR_RULE, _ERROR_TEXT, True, said.message, said.source or program, said.urn)
        for said in plan.errors
    ]
    blamed = {**plan.sources, "": program}
    for note in (waivers.EXPIRED, waivers.UNUSED):
        blamed[note] = _stack_file(project, plan.stack)
    counting = [_violation(found, blamed) for found in plan.violations]
    waived = [
        _violation(found.violation, blamed)._replace(
            excuse=f"until {found.waiver.until}: {found.waiver.reason}"
        )
        for found in plan.waived
    ]
    return _document([*errors, *counting, *waived], finished=not errors)


def _violation(found: Violation, blamed: Mapping[str, Source]) -> Result:
    """blamed: lines by URN, "" for the stack's, and by the name of a policy that has one of its own."""
    source = blamed.get(found.policy) or blamed.get(found.urn) or blamed[""]
    about = found.description or found.policy
    return Result(found.policy, about, found.mandatory, found.message, source, found.urn, found.severity)


def of_error(error: DockyardError, project: Project, stack: str) -> dict[str, Any]:
    """The document of a stack that could not be planned at all; its file is to blame, where there is one."""
    blamed = _stack_file(project, stack)
    return _document([Result(ERROR_RULE, _ERROR_TEXT, True, str(error), blamed)], finished=False)


def _stack_file(project: Project, stack: str) -> Source:
    path = project.stack_file(stack)
    return _relative(path if path.is_file() else project.file, project.root)


def _program(project: Project) -> Source:
    main = project.main / "__main__.py" if project.main.is_dir() else project.main
    return _relative(main, project.root)


def _relative(path: Path, root: Path) -> Source:
    found = Source(str(path), 1)
    return found.within(root) or found


def _document(results: Iterable[Result], *, finished: bool) -> dict[str, Any]:
    results = list(results)
    rules = {result.rule: result for result in reversed(results)}
    places = {rule: index for index, rule in enumerate(sorted(rules))}
    driver = {
        "name": "dockyard",
        "semanticVersion": __version__,
        "rules": [_rule(rules[rule]) for rule in places],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": finished}],
        "results": [_result(result, places[result.rule]) for result in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(result: Result) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": result.rule,
        "shortDescription": {"text": result.about},
        "defaultConfiguration": {"level": _level(result)},
    }
    if result.severity:
        rule["properties"] = {"tags": ["security"], "security-severity": _SCORES[result.severity]}
    return rule


def _result(result: Result, rule: int) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(result.source.file), "uriBaseId": _ROOT},
            "region": {"startLine": result.source.line},
        }
    }
    if result.urn:
        location["logicalLocations"] = [
            {"name": name_of(result.urn), "fullyQualifiedName": result.urn, "kind": "resource"}
        ]
    return {
        "ruleId": result.rule,
        "ruleIndex": rule,
        "level": _level(result),
        "message": {"text": result.message},
        "locations": [location],
        **({"suppressions": [_suppression(result.excuse)]} if result.excuse else {}),
    }


def _suppression(excuse: str) -> dict[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": excuse}


def _level(result: Result) -> str:
    return "error" if result.fails else "warning"
