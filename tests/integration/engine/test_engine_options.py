"""Resource options, each with the effect that users of Pulumi rely on."""

import json

from dockyard.engine.events import Op, StepDone


def thing(name, props=None, **options):
    return {"name": name, "props": props or {"value": 1}, "options": options}


def test_a_protected_resource_is_deleted_by_nothing(lab):
    """Neither by leaving the program nor by destroy, and nothing else goes before it is refused."""
    lab.up(thing("a", protect=True), thing("b"))
    lab.up(ok=False)
    assert "a is protected" in lab.said()
    lab.run("destroy", ok=False)
    assert lab.things() == {"a-0", "b-0"}


def test_a_resource_retained_on_delete_stays_in_the_world_and_leaves_the_state(lab):
    """The event says why nothing was deleted."""
    lab.up(thing("a", retain_on_delete=True))
    lab.up()
    assert lab.things() == {"a-0"}
    assert lab.ids() == set()
    notes = {step.name: step.note for step in lab.of(StepDone) if step.op is Op.DELETE}
    assert notes["a"] == "kept (retainOnDelete)"


def test_ignored_changes_are_not_made(lab):
    """The world and the state keep what was; other properties change."""
    lab.up(thing("a", {"value": 1, "other": 1}))
    lab.up(thing("a", {"value": 2, "other": 2}, ignore_changes=["value"]))
    assert lab.thing("a-0") == {"value": 1, "other": 2}
    assert lab.up(thing("a", {"value": 3, "other": 2}, ignore_changes=["value"])).counts == {Op.SAME: 3}


def test_a_renamed_resource_is_found_by_its_alias(lab):
    """It is the same thing under a new URN, and so are its children."""
    group = {"kind": "component", "props": {"x": 1}}
    lab.up({**group, "name": "old"}, thing("old-disk", parent="old"))
    renamed = {**group, "name": "new", "options": {"aliases": [{"name": "old"}]}}
    result = lab.up(renamed, thing("old-disk", parent="new"))
    assert Op.CREATE not in result.counts
    assert Op.DELETE not in result.counts
    assert lab.resource("new")["urn"].endswith("::new")
    assert lab.resource("old-disk")["parent"] == lab.resource("new")["urn"]
    assert lab.run("up").counts == {Op.SAME: 4}


def test_a_child_named_after_its_parent_is_renamed_along(lab):
    """As Pulumi's inherited aliases."""
    group = {"kind": "component", "props": {"x": 1}}
    lab.up({**group, "name": "old"}, thing("old-disk", parent="old"))
    renamed = {**group, "name": "new", "options": {"aliases": [{"name": "old"}]}}
    lab.up(renamed, thing("new-disk", parent="new"))
    assert lab.things() == lab.ids() == {"old-disk-0"}


def test_an_existing_thing_is_imported(lab):
    """Read, taken over, and from then on like any other."""
    (lab.world / "things").mkdir()
    (lab.world / "things" / "found-0.json").write_text(json.dumps({"value": 1}))
    result = lab.up(thing("a", import_="found-0"))
    assert result.counts[Op.IMPORT] == 1
    assert lab.ids() == {"found-0"}
    assert lab.up(thing("a", import_="found-0")).counts == {Op.SAME: 3}
    lab.run("destroy")
    assert lab.things() == set()


def test_importing_what_does_not_exist_fails(lab):
    """And leaves nothing in the state."""
    lab.up(thing("a", import_="nowhere-0"), ok=False)
    assert "'nowhere-0' does not exist" in lab.said()
    assert lab.ids() == set()


def test_a_thing_that_is_looked_up_is_never_deleted(lab):
    """`get`: it is read and kept as external."""
    lab.up(thing("a"))
    lab.up(thing("a"), {"name": "seen", "id": "a-0"})
    assert lab.resource("seen")["external"] is True
    assert lab.resource("seen")["outputs"]["value"] == 1
    lab.up(thing("a"))
    assert lab.things() == {"a-0"}


def test_timeouts_reach_the_provider_in_seconds(lab):
    """customTimeouts of the program."""
    lab.up(thing("a", custom_timeouts={"create": "1m30s"}))
    assert [call.timeout for call in lab.calls() if call.call == "create"] == [90]
    assert lab.resource("a")["customTimeouts"] == {"create": 90}


def test_a_child_inherits_protection_from_its_parent(lab):
    """Options of a component reach what is in it."""
    lab.up(
        {"name": "group", "kind": "component", "props": {"x": 1}, "options": {"protect": True}},
        thing("a", parent="group"),
    )
    assert lab.resource("a")["protect"] is True


def test_depends_on_is_an_order_and_in_the_state(lab):
    """Without a property between them."""
    lab.up(thing("a", {"value": 1, "slow": 0.2}), thing("b", depends_on=["a"]))
    assert [call.name for call in lab.calls() if call.call == "created"] == ["a", "b"]
    assert lab.resource("b")["dependencies"] == [lab.resource("a")["urn"]]
