"""SARIF 2.1.0, the format of code scanning: what is wrong with a plan, one result each, at the line to blame.

Properties and their rules: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13 to
3.52; what code scanning reads of them: GitHub Docs, "SARIF support for code scanning".
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from dockyard import __version__
from dockyard.engine.check import Plan
from dockyard.engine.project import Project
from dockyard.engine.source import Source
from dockyard.engine.urn import name_of
from dockyard.errors import DockyardError

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ERROR_RULE = "program-error"
_ERROR_TEXT = "A stack that can be planned: its configuration is valid and its program runs."
_ROOT = "%SRCROOT%"


class Result(NamedTuple):
    """One thing that is wrong. rule: its id. about: what the rule asks for. fails: whether it fails the check."""

    rule: str
    about: str
    fails: bool
    message: str
    source: Source
    urn: str = ""


def of_plan(plan: Plan, project: Project) -> dict[str, Any]:
    """The document of a plan: errors of the program and violations of policies; none of either are no results."""
    program = _program(project)
    errors = [
        Result(ERROR_RULE, _ERROR_TEXT, True, said.message, said.source or program, said.urn)
        for said in plan.errors
    ]
    violations = [
        Result(
            violation.policy,
            violation.description or violation.policy,
            violation.mandatory,
            violation.message,
            plan.sources.get(violation.urn, program),
            violation.urn,
        )
        for violation in plan.violations
    ]
    return _document([*errors, *violations], finished=not errors)


def of_error(error: DockyardError, project: Project, stack: str) -> dict[str, Any]:
    """The document of a stack that could not be planned at all; its file is to blame, where there is one."""
    path = project.stack_file(stack)
    blamed = _relative(path, project.root) if path.is_file() else _relative(project.file, project.root)
    return _document([Result(ERROR_RULE, _ERROR_TEXT, True, str(error), blamed)], finished=False)


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
    return {
        "id": result.rule,
        "shortDescription": {"text": result.about},
        "defaultConfiguration": {"level": _level(result)},
    }


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
    }


def _level(result: Result) -> str:
    return "error" if result.fails else "warning"
