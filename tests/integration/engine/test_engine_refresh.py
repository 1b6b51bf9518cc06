"""refresh: what is, is found and recorded."""

import json

from dockyard.engine.events import Op, StepDone

A = {"name": "a", "props": {"value": 1}}
B = {"name": "b", "props": {"value": {"$from": "a.token"}}}


def drift(lab, id_, **props):
    (lab.world / "things" / f"{id_}.json").write_text(json.dumps(props))


def test_refresh_without_drift_writes_nothing(lab):
    """Byte for byte."""
    lab.up(A, B)
    before = lab.state_file.read_bytes()
    assert lab.run("refresh").counts == {Op.SAME: 2}
    assert lab.state_file.read_bytes() == before


def test_drift_is_shown_and_recorded_and_the_next_up_mends_it(lab):
    """From what the state held to what was found."""
    lab.up(A)
    drift(lab, "a-0", value=7)
    lab.run("refresh")
    (step,) = [step for step in lab.of(StepDone) if step.op is Op.UPDATE]
    assert [(change.path, change.old, change.new) for change in step.changes] == [("value", 1, 7)]
    assert lab.resource("a")["inputs"] == {"value": 7}
    lab.up(A)
    assert lab.thing("a-0") == {"value": 1}


def test_what_is_gone_leaves_the_state_and_its_dependents_forget_it(lab):
    """The next up makes it again; the CLI would refuse a state that names what is not there."""
    lab.up(A, B)
    (lab.world / "things" / "a-0.json").unlink()
    assert lab.run("refresh").counts == {Op.SAME: 1, Op.DELETE: 1}
    assert lab.ids() == {"b-0"}
    assert "dependencies" not in lab.resource("b")
    lab.up(A, B)
    assert lab.things() == lab.ids() == {"a-0", "b-0"}


def test_up_with_refresh_mends_drift_in_one_go(lab):
    """`Options(refresh=True)`."""
    lab.up(A)
    drift(lab, "a-0", value=7)
    lab.up(A, refresh=True)
    assert lab.thing("a-0") == {"value": 1}


def test_a_preview_with_refresh_shows_drift_and_writes_nothing(lab):
    """State and world stay."""
    lab.up(A)
    before = lab.state_file.read_bytes()
    drift(lab, "a-0", value=7)
    assert lab.run("preview", refresh=True).counts[Op.UPDATE] == 1
    assert lab.state_file.read_bytes() == before
    assert lab.thing("a-0") == {"value": 7}
