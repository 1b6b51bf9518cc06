"""What `check` says of a plan: SARIF for code scanning, the verdict of policies, exit codes. No program runs."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from dockyard.cli import check as command
from dockyard.cli import sarif
from dockyard.engine import check
from dockyard.engine.check import Plan, Violation
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Severity
from dockyard.engine.project import Project
from dockyard.engine.source import Source
from dockyard.engine.waivers import EXPIRED, Waived, Waiver
from dockyard.errors import Problem, ProblemsError

URN = "urn:pulumi:dev::registry::aws:ecr/repository:Repository::api"
MUTABLE = Violation("ecr-immutable-tags", True, "set immutable_tags", URN, "A tag must not move.")
PLAIN = Violation("stack-region", False, "choose another region")
REPOSITORY = ResourceState(urn=URN, type="aws:ecr/repository:Repository", custom=True, inputs={})


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: python\nmain: my stacks/\n")
    (tmp_path / "my stacks").mkdir()
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    return Project.find(tmp_path)


def plan(**said):
    source = {URN: Source("my stacks/__main__.py", 7)}
    return Plan("registry", "dev", (REPOSITORY,), {}, 1.0, **{"sources": source, **said})


def conforms(document):
    """What the schema of SARIF 2.1.0 requires of what we write, and code scanning of a location."""
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "dockyard"
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert all(isinstance(found["executionSuccessful"], bool) for found in run["invocations"])
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert not physical["artifactLocation"]["uri"].startswith("/")
        assert " " not in physical["artifactLocation"]["uri"]
        assert physical["region"]["startLine"] >= 1
    return run


def places(run):
    found = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in found]


def test_a_plan_without_faults_has_no_results(project):
    """Code scanning closes what it had found before."""
    run = conforms(sarif.of_plan(plan(judged=True), project))
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_a_violation_stands_at_the_line_that_makes_its_resource(project):
    """A rule once, however many violate it; one of the stack as a whole stands at the program's start."""
    run = conforms(sarif.of_plan(plan(violations=(MUTABLE, PLAIN, MUTABLE), judged=True), project))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["ecr-immutable-tags", "stack-region"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    assert places(run) == [
        ("my%20stacks/__main__.py", 7),
        ("my%20stacks/__main__.py", 1),
        ("my%20stacks/__main__.py", 7),
    ]
    (logical,) = run["results"][0]["locations"][0]["logicalLocations"]
    assert logical == {"name": "api", "fullyQualifiedName": URN, "kind": "resource"}


def test_an_error_of_the_program_stands_at_its_line(project):
    """That the program failed is no error of its own."""
    said = (
        Diagnostic(Severity.WARNING, "take care"),
        Diagnostic(Severity.ERROR, "port: must be a number", source=Source("my stacks/settings.py", 3)),
        Diagnostic(Severity.ERROR, "the program failed"),
    )
    run = conforms(sarif.of_plan(plan(diagnostics=said), project))
    assert [result["message"]["text"] for result in run["results"]] == ["port: must be a number"]
    assert places(run) == [("my%20stacks/settings.py", 3)]
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_a_program_that_only_failed_is_an_error_all_the_same(project):
    """It may end without a word."""
    said = (Diagnostic(Severity.ERROR, "the program failed"),)
    assert places(conforms(sarif.of_plan(plan(diagnostics=said), project))) == [
        ("my%20stacks/__main__.py", 1)
    ]


def test_a_configuration_that_is_refused_stands_in_the_stack_s_file(project):
    """All its problems in one result; where there is no such file, in the project's."""
    error = ProblemsError("stack", [Problem("config/a", "is required"), Problem("config/b", "is required")])
    run = conforms(sarif.of_error(error, project, "dev"))
    assert "config/a: is required\n  config/b" in run["results"][0]["message"]["text"]
    assert places(run) == [("Pulumi.dev.yaml", 1)]
    assert places(conforms(sarif.of_error(error, project, "nope"))) == [("Pulumi.yaml", 1)]


@pytest.fixture
def run(project, monkeypatch, capsys):
    """Runs the command with a plan that is given; its exit code and what it printed."""
    monkeypatch.chdir(project.root)

    def run(made, **options):
        monkeypatch.setattr(check, "run", lambda *args, **rest: made)
        code = 0
        try:
            command.check("dev", **{"as_json": False, "sarif_file": "", **options})
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out

    return run


def test_the_verdict_names_rule_place_and_what_to_change(run):
    """A mandatory violation fails the check, after all of them are printed: advice first, what fails last."""
    code, out = run(plan(violations=(MUTABLE, PLAIN), judged=True))
    assert code == 1
    assert out.splitlines()[-10:] == [
        "advisory stack-region",
        "  stack dev",
        "    choose another region",
        "",
        "mandatory ecr-immutable-tags",
        "  A tag must not move.",
        "  my stacks/__main__.py:7 aws Repository api",
        "    set immutable_tags",
        "",
        "policies: 1 mandatory and 1 advisory violations",
    ]


def test_a_policy_is_explained_once_however_many_violate_it(run):
    again = replace(MUTABLE, message="and name the exclusions", severity="high")
    out = run(plan(violations=(replace(MUTABLE, severity="high"), again), judged=True))[1]
    assert out.count("A tag must not move.") == 1
    assert out.splitlines()[-6:-2] == [
        "  A tag must not move.",
        "  my stacks/__main__.py:7 aws Repository api",
        "    set immutable_tags",
        "    and name the exclusions",
    ]
    assert "mandatory ecr-immutable-tags (high)\n" in out


def test_advice_alone_does_not_fail_the_check(run):
    code, out = run(plan(violations=(PLAIN,), judged=True))
    assert code == 0
    assert out.endswith("policies: 1 advisory violation\n")


def test_what_is_waived_is_told_with_its_reason_and_does_not_fail(run, project):
    """In text, JSON and SARIF: there as a result that is suppressed."""
    waiver = Waiver(MUTABLE.policy, "api", "old clients", date(2026, 12, 31))
    made = plan(waived=(Waived(MUTABLE, waiver),), judged=True)
    code, out = run(made)
    assert code == 0
    assert out.splitlines()[-6:] == [
        "",
        "waived",
        "  ecr-immutable-tags: my stacks/__main__.py:7 aws Repository api",
        "    until 2026-12-31: old clients",
        "",
        "policies: no violations, 1 waived",
    ]
    code, out = run(made, as_json=True)
    assert code == 0
    (found,) = json.loads(out)["waived"]
    assert found["policy"] == "ecr-immutable-tags"
    assert found["waiver"]["reason"] == "old clients"
    assert found["waiver"]["until"] == "2026-12-31"
    (result,) = conforms(sarif.of_plan(made, project))["results"]
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "until 2026-12-31: old clients"}
    ]


def test_a_waiver_that_is_over_is_blamed_on_the_stack_s_file(project):
    """That is where it is renewed or removed."""
    note = Violation(EXPIRED, False, "the waiver ended")
    run = conforms(sarif.of_plan(plan(violations=(note, MUTABLE), judged=True), project))
    assert places(run) == [("Pulumi.dev.yaml", 1), ("my%20stacks/__main__.py", 7)]
    assert all("suppressions" not in result for result in run["results"])


def test_a_severity_is_a_number_for_code_scanning(project):
    run = conforms(
        sarif.of_plan(plan(violations=(replace(MUTABLE, severity="high"), PLAIN), judged=True), project)
    )
    with_severity, without = run["tool"]["driver"]["rules"]
    assert 7.0 <= float(with_severity["properties"]["security-severity"]) < 9.0
    assert "properties" not in without


def test_policies_that_found_nothing_are_told_apart_from_none(run):
    """A plan that nobody judged says nothing of policies."""
    assert run(plan(judged=True))[1].endswith("policies: no violations\n")
    assert "policies" not in run(plan())[1]


def test_json_holds_the_verdict(run):
    code, out = run(plan(violations=(MUTABLE,), judged=True), as_json=True)
    assert code == 1
    (found,) = json.loads(out)["violations"]
    assert found["policy"] == "ecr-immutable-tags"
    assert found["level"] == "mandatory"
    assert json.loads(out)["resources"][0]["source"] == {"file": "my stacks/__main__.py", "line": 7}


def test_sarif_goes_to_a_file_beside_the_plan_or_to_standard_output_instead_of_it(run, project):
    """Each is one document that a program can read."""
    file = project.root / "found.sarif"
    code, out = run(plan(violations=(MUTABLE,), judged=True), sarif_file=str(file))
    assert code == 1
    assert "aws Repository api" in out
    conforms(json.loads(file.read_text()))
    assert len(conforms(json.loads(run(plan(), sarif_file="-")[1]))["results"]) == 0
