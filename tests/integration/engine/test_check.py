"""`dockyard check`: any program planned without providers, state and passphrase."""

import textwrap

import pytest
from dockyard.engine.check import Violation
from dockyard.engine.events import Diagnostic
from dockyard.engine.secrets import PassphraseManager
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.errors import DockyardError

THING = "yard:index:Thing"


def thing(name, kind=THING, options=None, **props):
    return {"name": name, "type": kind, "props": props or {"value": 1}, "options": options or {}}


def named(plan, name):
    (found,) = (state for state in plan.resources if state.urn.endswith(f"::{name}"))
    return found


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_every_resource_is_planned_and_no_plugin_starts(lab, plan):
    """Those of providers that are nowhere too; nothing is written."""
    plan(thing("a"))
    before = files(lab.folder)
    made = plan(thing("a"), thing("bucket", kind="nowhere:s3:Bucket"))
    assert made.ok
    assert {state.type for state in made.resources} >= {
        THING,
        "nowhere:s3:Bucket",
        "pulumi:providers:nowhere",
    }
    assert lab.calls() == []
    after = files(lab.folder)
    assert after.keys() == before.keys()


def test_outputs_are_the_inputs_and_the_rest_is_unknown(plan):
    """Also where another resource is made from them; a secret stays one."""
    made = plan(
        thing("a", value=1, word={"$secret": "hush"}),
        thing("b", value={"$from": "a.value"}, token={"$from": "a.token"}, word={"$from": "a.word"}),
        outputs={"id": {"$from": "b.id"}, "word": {"$from": "b.word"}},
    )
    assert named(made, "b").inputs == {"value": 1, "token": UNKNOWN, "word": Secret("hush")}
    assert made.outputs == {"id": UNKNOWN, "word": Secret("hush")}


def test_an_output_that_is_said_to_be_secret_is_an_unknown_secret(plan):
    """`additional_secret_outputs`, as the clouds' SDKs say it of keys and passwords."""
    made = plan(
        thing("a", options={"additional_secret_outputs": ["token"]}), outputs={"token": {"$from": "a.token"}}
    )
    assert made.outputs == {"token": Secret(UNKNOWN)}


def test_what_is_looked_up_imported_or_of_another_stack_is_planned(plan):
    """Nobody is asked; the id is the one that the program names."""
    made = plan(
        {**thing("seen"), "id": "seen-1"},
        thing("taken", options={"import_": "taken-1"}),
        {
            "name": "org/other/prod",
            "type": "pulumi:pulumi:StackReference",
            "id": "org/other/prod",
            "props": {},
        },
        outputs={"seen": {"$from": "seen.id"}, "token": {"$from": "seen.token"}},
    )
    assert made.ok
    assert named(made, "seen").external
    assert named(made, "taken").inputs == {"value": 1}
    assert made.outputs == {"seen": "seen-1", "token": UNKNOWN}


def test_a_component_that_a_plugin_hosts_stands_for_itself(plan):
    """With a warning: what it consists of is not in the plan."""
    made = plan(
        program="""
        import pulumi
        class Cluster(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("far:index:Cluster", name, {"size": 3, "host": None}, remote=True)
        pulumi.export("host", Cluster("c").host)
        """
    )
    assert made.ok
    assert made.outputs == {"host": UNKNOWN}
    assert [said.message for said in made.diagnostics] == [
        "c: what far:index:Cluster consists of is known to its plugin alone"
    ]


def test_a_function_asked_for_a_plain_value_is_named_with_its_line(plan):
    """The SDK would go on with None; the output form is unknown and fine."""
    made = plan(thing("a"), invoke="word")
    (error,) = made.errors
    assert "yard:index:upper is asked for a plain value" in error.message
    assert error.message.startswith("__main__.py:")
    assert error.source.file == "__main__.py"
    program = """
        import pulumi
        pulumi.export("upper", pulumi.runtime.invoke_output("far:index:upper", {}).apply(lambda got: got["upper"]))
    """
    assert plan(program=program).outputs == {"upper": UNKNOWN}


def test_two_resources_of_one_name_are_an_error(plan):
    """As in an `up`."""
    made = plan(thing("a"), thing("a"))
    assert not made.ok
    assert "two resources have the same URN" in made.errors[0].message


def test_the_program_is_judged_by_whoever_is_given(plan):
    """The judge sees every resource, parents first, with secrets and unknowns; a mandatory violation fails."""
    seen = []

    def judge(resources):
        seen.extend(resources)
        return [Violation("no-things", mandatory, "take it away", resources[-1].urn)]

    mandatory = False
    assert plan(thing("a"), judge=judge).ok
    mandatory = True
    assert not plan(thing("a"), judge=judge).ok
    assert seen[0].type == "pulumi:pulumi:Stack"
    assert "pulumi:providers:yard" in {state.type for state in seen}


def test_a_program_that_failed_is_not_judged(plan):
    """What it came to is not what it means."""
    made = plan(thing("a"), run_error="no", judge=lambda resources: [Violation("x", True, "y")])
    assert made.violations == ()
    assert not made.judged


CONFIG = """
    import pulumi
    config = pulumi.Config()
    pulumi.export("word", config.require_secret("word").apply(lambda word: word.upper()))
    pulumi.export("size", config.get_secret_int("size"))
    pulumi.export("plain", config.require("plain"))
"""


def test_what_is_encrypted_needs_a_passphrase_or_is_an_unknown_secret(lab, plan, monkeypatch):
    """And a wrong one is an error, as in an `up`."""
    manager = PassphraseManager.create("a test's passphrase")
    (lab.root / "Pulumi.dev.yaml").write_text(
        f"encryptionsalt: {manager.salt}\nconfig:\n  things:plain: text\n"
        f"  things:word: {{secure: {manager.encrypt('hush')}}}\n"
        f"  things:size: {{secure: {manager.encrypt('7')}}}\n"
    )
    assert plan(program=CONFIG).outputs == {"word": Secret("HUSH"), "size": Secret(7), "plain": "text"}
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    made = plan(program=CONFIG)
    assert made.ok
    assert made.outputs == {"word": Secret(UNKNOWN), "size": Secret(UNKNOWN), "plain": "text"}
    (said,) = lab.of(Diagnostic)
    assert said.message.endswith("planned with unknown secrets for things:size, things:word")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    with pytest.raises(DockyardError, match="incorrect passphrase"):
        plan(program=CONFIG)


def test_neither_state_nor_its_place_matters(lab, plan, monkeypatch):
    """A stack that is locked, or whose state this engine cannot read, is checked all the same."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://somewhere")
    assert plan(thing("a")).ok


def test_what_changes_no_input_is_planned_though_an_up_refuses_it(plan):
    """Hooks, which a plan does not run; transforms are refused, for they would change it."""
    assert plan(thing("a", options={"hook": True})).ok
    made = plan(thing("a", options={"transform": True}))
    assert "does not support transforms" in made.errors[0].message


def test_a_resource_of_a_library_is_found_at_the_line_of_its_component(lab, plan):
    """Code scanning shows lines of the project alone."""
    elsewhere = lab.folder / "library"
    elsewhere.mkdir()
    (elsewhere / "shop.py").write_text(
        textwrap.dedent("""
        import pulumi
        class Thing(pulumi.CustomResource):
            def __init__(self, name, opts):
                super().__init__("far:index:Thing", name, {}, opts)
        class Shop(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("far:index:Shop", name)
                Thing("inner", pulumi.ResourceOptions(parent=self))
        """)
    )
    made = plan(program=f"import sys\nsys.path.append({str(elsewhere)!r})\nimport shop\nshop.Shop('s')\n")
    assert {urn.rsplit("::")[-1]: source for urn, source in made.sources.items()} == {
        "s": ("__main__.py", 4),
        "inner": ("__main__.py", 4),
    }
