"""What is decided about one resource."""

import pytest
from dockyard.engine import steps
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.diff import Diff
from dockyard.engine.events import Op
from dockyard.engine.goal import Goal
from dockyard.engine.steps import Decision
from dockyard.engine.values import Secret

NOTHING, UPDATE = Diff(changed=False), Diff(changed=True, keys=["a"])
REPLACE = Diff(changed=True, keys=["a"], replaces=["a"])


def old_state(**fields):
    return ResourceState(urn="urn:pulumi:s::p::a:b:C::n", type="a:b:C", custom=True, id="1", **fields)


def goal(**fields):
    return Goal(type="a:b:C", name="n", custom=True, inputs={}, **fields)


@pytest.mark.parametrize(
    ("old", "wanted", "diff", "decision"),
    [
        ({}, {}, NOTHING, Decision(Op.SAME)),
        ({}, {}, UPDATE, Decision(Op.UPDATE)),
        ({"init_errors": ["unhealthy"]}, {}, NOTHING, Decision(Op.UPDATE)),
        ({}, {}, REPLACE, Decision(Op.REPLACE)),
        ({}, {"delete_before_replace": True}, REPLACE, Decision(Op.REPLACE, delete_first=True)),
        ({}, {}, Diff(True, ["a"], ["a"], True), Decision(Op.REPLACE, delete_first=True)),
        ({}, {"delete_before_replace": False}, Diff(True, ["a"], ["a"], True), Decision(Op.REPLACE)),
        ({"pending_replacement": True}, {}, NOTHING, Decision(Op.REPLACE, delete_first=True)),
    ],
)
def test_a_diff_decides_the_step(old, wanted, diff, decision):
    """The program's deleteBeforeReplace wins over the provider's; an interrupted replacement is taken up again."""
    assert steps.decide(old_state(**old), goal(**wanted), diff) == decision


def test_a_provider_that_does_not_know_is_answered_by_comparing_inputs():
    """DIFF_UNKNOWN: what differs counts, ignored properties and secrecy do not."""
    olds, news = {"a": 1, "b": 2, "c": "x"}, {"a": 1, "b": 3, "c": Secret("x")}
    unknown = Diff(changed=None)
    assert steps.complete(unknown, olds, news, []).keys == ["b"]
    assert steps.complete(unknown, olds, news, ["b"]).changed is False


@pytest.mark.parametrize(
    ("patterns", "replaces"), [(["b"], ["b"]), (["*"], ["a", "b"]), (["c"], []), (["b.inner"], [])]
)
def test_replace_on_changes_turns_an_update_into_a_replacement(patterns, replaces):
    """Only where a changed property lies under one of the paths."""
    diff = Diff(changed=True, keys=["a", "b"])
    assert steps.replace_on_changes(diff, patterns, init_errors=False).replaces == replaces


def test_replace_on_changes_covers_failed_initialisation():
    """`replaceOnChanges: ["*"]` also replaces what was made but never became healthy."""
    diff = steps.replace_on_changes(NOTHING, ["*"], init_errors=True)
    assert diff.changed
    assert diff.replaces == [steps.INIT_ERROR]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("protect", True),
        ("parent", "urn:other"),
        ("dependencies", ["urn:d"]),
        ("inputs", {"a": 2}),
        ("inputs", {"a": Secret(1)}),
        ("outputs", {"o": 1}),
        ("retain_on_delete", True),
        ("custom_timeouts", {"create": 5}),
        ("extra", {"ignoreChanges": ["a"]}),
    ],
)
def test_a_same_resource_is_written_where_its_record_differs(field, value):
    """A property that becomes secret is such a difference: its plain form must leave the state."""
    old = old_state(inputs={"a": 1})
    new = old.copy()
    setattr(new, field, value)
    assert steps.must_write(old, new)


def test_a_same_resource_is_not_written_otherwise():
    """The order of dependencies and where in the program it stands are no differences."""
    old = old_state(inputs={"a": 1}, dependencies=["x", "y"], source_position="one")
    new = old.copy()
    new.dependencies, new.source_position = ["y", "x"], "two"
    assert not steps.must_write(old, new)
