"""Policy packs as processes that speak the Analyzer protocol: what they are told, what is made of their answers, and
what becomes of one that fails.
"""

import json
import os
import time

import pytest
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Output
from dockyard.engine.jury import jury
from dockyard.engine.pack import PATIENCE, Patience
from dockyard.engine.values import UNKNOWN, ResourceReference, Secret
from dockyard.errors import DockyardError, ProblemsError

from tests.integration.engine import packs

STACK = "urn:pulumi:dev::things::pulumi:pulumi:Stack::things-dev"
PROVIDER = "urn:pulumi:dev::things::pulumi:providers:yard::default"
KIND = "yard:index:Thing"
WORD = "hush-hush-hush"


def thing(name, inputs, **rest):
    urn = f"urn:pulumi:dev::things::{KIND}::{name}"
    return ResourceState(
        urn, KIND, True, inputs=inputs, outputs=dict(inputs), provider=f"{PROVIDER}::x", **rest
    )


BASE = (
    ResourceState(STACK, "pulumi:pulumi:Stack", False),
    ResourceState(PROVIDER, "pulumi:providers:yard", True, inputs={"world": "round"}),
)


@pytest.fixture
def judge(tmp_path):
    """Writes a pack, starts it, and has it judge resources; what it found."""

    def judge(program, *resources, config=None, patience=PATIENCE, listener=lambda event: None, folders=()):
        folders = folders or [packs.write(tmp_path / "pack", program)]
        with jury(folders, "things", "dev", config or {}, listener, patience) as called:
            return called([*BASE, *resources])

    yield judge
    file = tmp_path / "pack" / "pid"
    if file.exists():
        assert ended(int(file.read_text()))


def ended(pid):
    """Whether a process is gone, or is soon."""
    for _ in range(1200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def found(violations):
    return {(each.policy, each.urn.rpartition("::")[2], each.mandatory, each.message) for each in violations}


def test_every_policy_is_asked_about_every_resource_and_the_stack(judge):
    """Levels as the pack has them; descriptions are not repeated in messages; a URN that there is not is the stack's."""
    made = judge(packs.SMALL, thing("good", {"value": 3}), thing("bad", {"value": 11}))
    assert found(made) == {
        ("no-large-things", "bad", True, "value is 11, at most 10"),
        ("good-names", "bad", False, "begin with good"),
        ("few-things", "", False, "2 things"),
        ("few-things", "good", False, "the last of them"),
    }
    (large,) = (each for each in made if each.policy == "no-large-things")
    assert large.description == "Large things fall."
    assert large.severity == "high"


def test_a_stack_sets_levels_and_thresholds(judge):
    """In the form of the CLI's files: one for all, or one's own; a policy that is disabled is not run."""
    config = {"all": "disabled", "no-large-things": {"enforcementLevel": "advisory", "most": 2}}
    made = judge(packs.SMALL, thing("a", {"value": 3}), thing("b", {"value": 1}), config=config)
    assert found(made) == {("no-large-things", "a", False, "value is 3, at most 2")}


def test_all_that_is_wrong_with_levels_and_thresholds_is_told_at_once(judge):
    config = {
        "all": "loud",
        "good-name": "advisory",
        "few-things": {"most": 1},
        "no-large-things": {"most": "many"},
        "good-names": 7,
    }
    with pytest.raises(ProblemsError) as caught:
        judge(packs.SMALL, config=config)
    assert {problem.path for problem in caught.value.problems} == {
        "policy:config/all",
        "policy:config/good-name",
        "policy:config/few-things/most",
        "policy:config/no-large-things/most",
        "policy:config/good-names",
    }
    assert "did you mean 'good-names'?" in str(caught.value)


def test_a_policy_that_would_remedy_is_mandatory_here(judge):
    """A check changes nothing; it says so."""
    events = []
    program = packs.with_rule("report('no')", enforcement_level="EnforcementLevel.REMEDIATE")
    made = judge(program, thing("a", {}), listener=events.append)
    assert all(each.mandatory for each in made)
    (said,) = (event.message for event in events if isinstance(event, Diagnostic))
    assert said == "a check remedies nothing: judged as mandatory instead: the-rule"


def test_a_rule_sees_what_the_cli_would_show_it(judge):
    """Plain secrets, references as ids, provider and options; nothing that engines keep for themselves."""
    body = """
        if args.resource_type == "yard:index:Thing":
            told = [args.props["word"], args.props["other"], "__hidden" in args.props, "__own" in args.props["map"]]
            told += [args.provider.name, args.provider.props["world"], args.opts.protect, args.opts.ignore_changes[0]]
            told += [args.opts.custom_timeouts.create_seconds]
            report(repr(told))
    """
    inputs = {
        "word": Secret(WORD),
        "other": ResourceReference(STACK, "an-id"),
        "__hidden": 1,
        "map": {"__own": 1},
    }
    state = thing(
        "a", inputs, protect=True, extra={"ignoreChanges": ["word"]}, custom_timeouts={"create": 5.0}
    )
    (made,) = judge(packs.with_rule(body), state)
    assert made.message == repr([WORD, "an-id", False, False, "default", "round", True, "word", 5.0])


def test_a_rule_that_needs_what_is_unknown_is_advice(judge):
    """The check goes on."""
    body = 'report(args.props["word"]) if args.resource_type == "yard:index:Thing" else None'
    (made,) = judge(packs.with_rule(body), thing("a", {"word": UNKNOWN}))
    assert not made.mandatory
    assert "can't be known during preview" in made.message


def test_stack_rules_see_how_resources_belong_together(judge):
    """Those that are only read too, about which no other rule is asked."""
    program = """
    def alone(args, report):
        if args.name == "read": report("asked")
    def links(args, report):
        (it,) = [each for each in args.resources if each.name == "b"]
        told = [it.parent.name, it.dependencies[0].name, it.property_dependencies["word"][0].name]
        told += [it.provider.name, any(each.name == "read" for each in args.resources)]
        report(",".join(map(str, told)))
    PolicyPack("two", policies=[
        ResourceValidationPolicy("alone", "Why.", alone), StackValidationPolicy("links", "Why.", links)])
    """
    a = thing("a", {})
    links = {"dependencies": [a.urn], "property_dependencies": {"word": [a.urn]}, "parent": STACK}
    (made,) = judge(program, a, thing("b", {"word": UNKNOWN}, **links), thing("read", {}, external=True))
    assert made.message == "things-dev,a,a,default,True"


FAILURES = {
    "ends at once": (
        "sys.stderr.write('no such module\\n'); sys.exit(3)",
        "did not start.*\n?no such module",
    ),
    "raises at once": ("raise ValueError('broken')", "ValueError: broken"),
    "no port": (
        "print('hello', flush=True); time.sleep(60)",
        "expected a port on its first line, got 'hello'",
    ),
    "rule raises": (packs.with_rule("raise KeyError('gone')"), "failed to judge urn:.*: 'gone'"),
    "rule ends it": (
        packs.with_rule("print('bye', file=sys.stderr, flush=True); os._exit(1)"),
        "ended while.*bye",
    ),
}


@pytest.mark.parametrize(("program", "message"), FAILURES.values(), ids=FAILURES)
def test_a_pack_that_fails_is_an_error_with_its_last_words(judge, program, message):
    with pytest.raises(DockyardError, match=f"(?s){message}"):
        judge(program, thing("a", {}))


def test_a_pack_that_hangs_is_given_up(judge):
    """Before its port, and in a rule."""
    with pytest.raises(DockyardError, match="did not start within 2 seconds"):
        judge("time.sleep(600)", patience=Patience(start=2.0))
    with pytest.raises(DockyardError, match=r"did not judge urn:.* within 10 seconds"):
        judge(packs.with_rule("time.sleep(600)"), patience=Patience(answer=10.0))


def test_a_folder_that_is_no_pack_of_python_is_refused(tmp_path, judge):
    with pytest.raises(DockyardError, match=r"there is no PulumiPolicy.yaml in it"):
        judge("", folders=[tmp_path])
    for runtime in ("nodejs", "{name: nodejs}"):
        with pytest.raises(DockyardError, match="the runtime 'nodejs'"):
            judge("", folders=[packs.write(tmp_path / "other", "", runtime)])


def test_a_pack_runs_in_its_folder_and_is_told_no_passphrase(judge, monkeypatch, tmp_path):
    """And in the environment that its manifest names, from its own folder on."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", WORD)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/x")
    events = []
    body = "report(repr((os.getcwd(), 'PULUMI_CONFIG_PASSPHRASE' in os.environ, os.environ['PULUMI_STACK'])))"
    bin_ = tmp_path / "pack" / "env" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(
        f'#!/bin/sh\necho started >&2\nexport OWN=yes\nexec "{os.sys.executable}" "$@"\n'
    )
    (bin_ / "python").chmod(0o755)
    folder = packs.write(tmp_path / "pack", packs.with_rule(f"assert os.environ['OWN']\nprint('hi')\n{body}"))
    (folder / "PulumiPolicy.yaml").write_text(
        json.dumps({"runtime": {"name": "python", "options": {"virtualenv": "env"}}})
    )
    made = judge("", listener=events.append, folders=[folder])
    assert {each.message for each in made} == {repr((str(tmp_path / "pack"), False, "dev"))}
    assert {event.line for event in events if isinstance(event, Output)} == {"hi"}
