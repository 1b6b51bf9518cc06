"""`dockyard check` with policy packs, as a person and a pipeline run it."""

import datetime
import json
import subprocess
import sys

import pytest
import yaml

from tests.integration.engine import packs

KIND = "yard:index:Thing"
EVERYTHING = """\
advisory few-things
  Things need room.
  stack dev
    3 things
  yard Thing good-b
    the last of them

advisory good-names
  Names are read.
  yard Thing bad
    begin with good

mandatory no-large-things (high)
  Large things fall.
  yard Thing bad
    value is 12, at most 10
  yard Thing good-a
    value is 11, at most 10

policies: 2 mandatory and 3 advisory violations
"""


def thing(name, value=1):
    return {"name": name, "type": KIND, "props": {"value": value}, "options": {}}


@pytest.fixture
def stack(lab):
    """A project with the small pack as its own, and these things; further keys of the stack's configuration."""

    def stack(*things, **policy):
        lab.write(*things)
        config = {f"policy:{key}": value for key, value in policy.items()}
        (lab.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
        packs.write(lab.root / "policy", packs.SMALL)

    return stack


def day(ahead):
    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(ahead)).isoformat()


def test_a_bad_stack_is_told_everything_at_once_and_fails(stack, command):
    """By policy, advice first, what fails last, in the same order each time."""
    stack(thing("good-a", 11), thing("bad", 12), thing("good-b", 1))
    done = command()
    assert done.returncode == 1
    assert done.stdout[done.stdout.index("advisory few-things") :] == EVERYTHING


def test_advice_alone_exits_0_and_no_policies_are_none(stack, command):
    stack(thing("bad", 1))
    done = command()
    assert done.returncode == 0
    assert done.stdout.endswith("policies: 1 advisory violation\n")
    stack(thing("bad", 99))
    done = command("--no-policies")
    assert done.returncode == 0
    assert "policies" not in done.stdout


def test_a_pack_elsewhere_takes_the_place_of_the_project_s_own(stack, command, tmp_path):
    """Several judge together."""
    stack(thing("good", 99))
    one = packs.write(tmp_path / "one", packs.with_rule("report('one') if args.name == 'good' else None"))
    two = packs.write(tmp_path / "two", packs.SMALL)
    done = command("--policy-pack", str(one), "--json")
    assert [each["message"] for each in json.loads(done.stdout)["violations"]] == ["one"]
    done = command("--policy-pack", str(one), "--policy-pack", str(two), "--json")
    assert done.returncode == 1
    assert {each["policy"] for each in json.loads(done.stdout)["violations"]} == {
        "the-rule",
        "no-large-things",
    }
    assert command("--policy-pack", str(one), "--no-policies").returncode == 2


def test_a_waiver_holds_is_reported_and_ends(stack, command, lab):
    """From the stack's configuration."""
    waiver = {"rule": "no-large-things", "resource": "good", "reason": "moved next month", "until": day(0)}
    stack(thing("good", 11), waivers=[waiver])
    done = command("--sarif", str(lab.root / "x.sarif"))
    assert done.returncode == 0
    assert f"    until {day(0)}: moved next month\n" in done.stdout
    (result,) = json.loads((lab.root / "x.sarif").read_text())["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == f"until {day(0)}: moved next month"
    stack(thing("good", 11), waivers=[{**waiver, "until": day(-1)}])
    done = command("--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert {each["policy"] for each in said["violations"]} == {"no-large-things", "waiver-expired"}
    assert said["waived"] == []


def test_a_stack_says_how_strict_it_is(stack, command):
    """The same program, other levels and thresholds: each environment has its own."""
    stack(thing("good", 11), config={"no-large-things": "advisory"})
    assert command().returncode == 0
    stack(thing("good", 11), config={"no-large-things": {"most": 11}})
    assert command().stdout.endswith("policies: no violations\n")


def test_settings_that_are_wrong_are_told_before_anything_runs(stack, command):
    stack(thing("good"), waivers=[{"rule": "x"}])
    done = command("--sarif", "-")
    assert done.returncode == 1
    assert "policy:waivers/0/reason: is required" in done.stderr
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    stack(thing("good"), waiver=[])
    assert "policy:waiver: there is no such key\nhint: did you mean policy:waivers?" in command().stderr
    stack(thing("good"), size=3)
    assert command().returncode == 0


def test_a_pack_that_fails_fails_the_check_and_is_no_fault_of_ours(stack, command, lab):
    stack(thing("good"))
    packs.write(lab.root / "policy", "raise ValueError('broken')")
    done = command()
    assert done.returncode == 1
    assert done.stderr.startswith("error: the policy pack ")
    assert "ValueError: broken" in done.stderr
    assert "report it" not in done.stderr


def test_what_is_secret_reaches_a_rule_and_no_output(lab, command, stack):
    secret = {
        "name": "good",
        "type": KIND,
        "props": {"value": 1, "word": {"$secret": "hush-hush"}},
        "options": {},
    }
    stack(secret)
    body = "report(str(len(args.props['word']))) if args.name == 'good' else None"
    packs.write(lab.root / "policy", packs.with_rule(body))
    done = command("--json")
    assert [each["message"] for each in json.loads(done.stdout)["violations"]] == ["9"]
    assert "hush" not in done.stdout + done.stderr


def test_waivers_have_one_place(stack, command):
    """Not the settings of a policy that a pack may have for them, where the CLI takes them."""
    stack(thing("good"), config={"waivers": {"list": []}})
    assert "policy:config/waivers: waivers stand in policy:waivers" in command().stderr


def test_the_cli_is_given_the_same_as_a_file(stack, lab):
    """Levels and thresholds as they are, waivers as the setting of the policy that packs have for them."""
    waiver = {"rule": "x", "resource": "good", "reason": "later", "until": day(3)}
    stack(thing("good"), config={"all": "advisory"}, waivers=[waiver])
    command = [sys.executable, "-m", "dockyard.cli", "-C", str(lab.root), "policies", "config", "-s", "dev"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {"all": "advisory", "waivers": {"list": [waiver]}}
