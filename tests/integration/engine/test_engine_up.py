"""up, preview and destroy of a program that works."""

from dockyard.engine.events import DiffKind, Op, PropertyChange, Started, StepDone, Summary
from dockyard.engine.values import Secret

A = {"name": "a", "props": {"value": 1}}
B = {"name": "b", "props": {"value": {"$from": "a.token"}, "size_of_a": {"$from": "a.size"}}}


def test_up_makes_what_the_program_asks_for_and_gives_its_outputs(lab):
    """A component, a dependent and an output of each kind."""
    result = lab.up(
        A,
        B,
        {"name": "group", "kind": "component", "props": {"kind": "group"}},
        {"name": "inner", "props": {"value": 2}, "options": {"parent": "group"}},
        rest={"outputs": {"plain": {"$from": "a.size"}, "hidden": {"$from": "a.token"}}},
    )
    assert lab.things() == {"a-0", "b-0", "inner-0"}
    assert result.outputs == {"plain": 14, "hidden": Secret("token-of-a")}
    assert result.counts == {Op.CREATE: 6}
    assert lab.resource("inner")["urn"] == "urn:pulumi:dev::things::yard:index:Group$yard:index:Thing::inner"
    assert lab.resource("b")["dependencies"] == [lab.resource("a")["urn"]]


def test_a_second_up_changes_nothing_and_leaves_the_state_as_it_is(lab):
    """Byte for byte, and the provider is asked to make nothing."""
    lab.up(A, B)
    before = lab.state_file.read_bytes()
    lab.forget_calls()
    assert lab.up(A, B).counts == {Op.SAME: 4}
    assert lab.state_file.read_bytes() == before
    assert {call.call for call in lab.calls()} == {"configure", "check", "diff", "cancel"}


def test_a_preview_says_what_up_does_and_touches_nothing(lab):
    """No state, no world; what is not known yet is unknown."""
    lab.write(A, B, outputs={"token": {"$from": "a.token"}, "value": {"$from": "a.value"}})
    result = lab.run("preview")
    assert result.counts == {Op.CREATE: 4}
    assert not lab.things()
    assert not (lab.folder / "backend").exists()
    assert lab.of(Summary)[0].outputs == {"token": "[unknown]", "value": 1}
    assert lab.run("up").counts == result.counts


def test_a_preview_of_an_update_reads_the_state_and_writes_none(lab):
    """The state's bytes stay; the change is described."""
    lab.up(A)
    before = lab.state_file.read_bytes()
    lab.write({"name": "a", "props": {"value": 2}})
    assert lab.run("preview").counts == {Op.SAME: 2, Op.UPDATE: 1}
    assert lab.state_file.read_bytes() == before
    assert lab.thing("a-0") == {"value": 1}


def test_an_update_changes_in_place_and_tells_what_differs(lab):
    """The id stays; the event names path, old and new."""
    lab.up({"name": "a", "props": {"value": 1, "files": {"/etc/x": "one"}}})
    lab.up({"name": "a", "props": {"value": 1, "files": {"/etc/x": "two"}}})
    assert lab.thing("a-0") == {"value": 1, "files": {"/etc/x": "two"}}
    (step,) = [step for step in lab.of(StepDone) if step.op is Op.UPDATE]
    assert step.changes == (PropertyChange("files", DiffKind.UPDATE, {"/etc/x": "one"}, {"/etc/x": "two"}),)
    assert step.seconds > 0


def test_what_the_program_no_longer_has_is_deleted_dependents_first(lab):
    """b was made from a, so b goes first."""
    lab.up(A, B, {"name": "c", "props": {"value": 3}})
    lab.up({"name": "c", "props": {"value": 3}})
    assert lab.things() == {"c-0"}
    assert [step for step in lab.steps() if step[0] == "delete"] == [("delete", "b"), ("delete", "a")]


def test_destroy_deletes_everything_in_reverse_order_without_running_the_program(lab):
    """A program that would fail is no hindrance."""
    lab.up(A, B, {"name": "c", "props": {"value": {"$from": "b.token"}}})
    lab.write(crash="must not run")
    assert lab.run("destroy").counts == {Op.DELETE: 5}
    assert not lab.things()
    assert lab.resources() == []
    assert [name for _, name in lab.steps()] == ["c", "b", "a"]


def test_events_come_in_order(lab):
    """Started first, Summary last, each step's start before its end."""
    lab.up(A, B)
    assert isinstance(lab.events[0], Started)
    assert isinstance(lab.events[-1], Summary)
    for step in lab.of(StepDone):
        starts = [
            index
            for index, event in enumerate(lab.events)
            if event in lab.started() and event.urn == step.urn
        ]
        assert starts[0] < lab.events.index(step)


def test_what_the_program_prints_is_shown(lab):
    """Line by line, as output of the program."""
    lab.up(A, rest={"print": ["hello", "world"]})
    assert lab.said().splitlines() == ["hello", "world"]


def test_a_function_of_the_provider_can_be_called(lab):
    """Invoke, with its result in the program's hands."""
    assert lab.up(A, rest={"invoke": "quiet"}).outputs["invoked"] == "QUIET"


def test_an_explicit_provider_serves_its_resources(lab):
    """It is a resource of the stack, and the reference names it."""
    lab.up(
        {"name": "mine", "kind": "provider", "props": {"flavour": "mint"}},
        {"name": "a", "props": {"value": 1}, "options": {"provider": "mine"}},
    )
    mine = lab.resource("mine")
    assert lab.resource("a")["provider"] == f"{mine['urn']}::{mine['id']}"
    assert mine["inputs"] == {"flavour": "mint"}
    assert lab.run("up").counts == {Op.SAME: 3}
    assert lab.run("destroy").counts == {Op.DELETE: 3}


def test_configuration_reaches_the_program_and_secret_values_stay_secret(make_lab):
    """The `simple` program makes its first thing from a configuration value."""
    lab = make_lab("simple")
    lab.configure(value="configured")
    lab.run("up")
    assert lab.resource("first")["inputs"]["value"] == "configured"


def test_outputs_that_change_alone_are_recorded_once(lab):
    """The stack's own resource stays the same, its outputs do not."""
    lab.up(A, rest={"outputs": {"it": 1}})
    assert lab.up(A, rest={"outputs": {"it": 2}}).outputs == {"it": 2}
    assert [item["outputs"] for item in lab.resources() if item["type"] == "pulumi:pulumi:Stack"] == [
        {"it": 2}
    ]
    assert lab.up(A).outputs == {}
