"""Replacement: both orders, what goes along, and what stands in the way."""

from dockyard.engine.events import Op


def thing(name, identity=None, **rest):
    props = {"value": 1, **({"identity": identity} if identity else {}), **rest.pop("props", {})}
    return {"name": name, "props": props, **({"options": rest} if rest else {})}


def world_order(lab) -> list[tuple[str, str]]:
    """Finished creates, updates and deletes in the world, in order."""
    wanted = ("created", "update", "deleted")
    return [(call.call, getattr(call, "id", call.name)) for call in lab.calls() if call.call in wanted]


def test_a_replacement_creates_the_new_one_first_and_deletes_the_old_one_last(lab):
    """Dependents move over to the new one in between."""
    user = {"name": "b", "props": {"value": {"$from": "a.identity"}}}
    lab.up(thing("a", "one"), user)
    lab.forget_calls()
    result = lab.up(thing("a", "two"), user)
    assert world_order(lab) == [("created", "a"), ("update", "b"), ("deleted", "a-one")]
    assert lab.things() == lab.ids() == {"a-two", "b-0"}
    assert result.counts[Op.CREATE_REPLACEMENT] == result.counts[Op.DELETE_REPLACED] == 1


def test_delete_before_replace_deletes_dependents_too_and_makes_them_again(lab):
    """c depends on b depends on a, both would be replaced by a change of what they depend on; d only depends on order."""
    things = [
        lambda identity: thing("a", identity, delete_before_replace=True),
        lambda _: {"name": "b", "props": {"identity": {"$from": "a.identity"}}},
        lambda _: {"name": "c", "props": {"identity": {"$from": "b.identity"}}},
        lambda _: {"name": "d", "props": {"value": 1}, "options": {"depends_on": ["a"]}},
    ]
    lab.up(*[make("one") for make in things])
    lab.forget_calls()
    lab.up(*[make("two") for make in things])
    assert world_order(lab) == [
        ("deleted", "c-one"),
        ("deleted", "b-one"),
        ("deleted", "a-one"),
        ("created", "a"),
        ("created", "b"),
        ("created", "c"),
    ]
    assert lab.things() == lab.ids() == {"a-two", "b-two", "c-two", "d-0"}
    assert not any(item.get("pendingReplacement") or item.get("delete") for item in lab.resources())


def test_the_provider_may_ask_for_delete_before_replace(lab):
    """Without an option in the program."""
    lab.up(thing("a", "one", props={"deleteFirst": True}))
    lab.forget_calls()
    lab.up(thing("a", "two", props={"deleteFirst": True}))
    assert world_order(lab) == [("deleted", "a-one"), ("created", "a")]


def test_the_program_may_refuse_delete_before_replace(lab):
    """`delete_before_replace=False` wins over the provider."""
    lab.up(thing("a", "one", props={"deleteFirst": True}))
    lab.forget_calls()
    lab.up(thing("a", "two", props={"deleteFirst": True}, delete_before_replace=False))
    assert world_order(lab) == [("created", "a"), ("deleted", "a-one")]


def test_a_preview_of_delete_before_replace_changes_nothing_and_names_all(lab):
    """The dependent that goes along is in the plan."""
    user = {"name": "b", "props": {"identity": {"$from": "a.identity"}}}
    lab.up(thing("a", "one", delete_before_replace=True), user)
    lab.write(thing("a", "two", delete_before_replace=True), user)
    lab.run("preview")
    assert ("delete-replaced", "b") in lab.steps()
    assert ("create-replacement", "b") in lab.steps()
    assert lab.things() == {"a-one", "b-one"}


def test_replace_on_changes_replaces_what_the_provider_would_update(lab):
    """The id is the same here, so the order is delete first."""
    options = {"replace_on_changes": ["value"], "delete_before_replace": True}
    lab.up({"name": "a", "props": {"value": 1}, "options": options})
    lab.up({"name": "a", "props": {"value": 2}, "options": options})
    assert ("create-replacement", "a") in lab.steps()


def test_a_resource_deleted_with_another_is_replaced_along_and_not_deleted_itself(lab):
    """deletedWith: the other's deletion takes it away."""
    member = {"name": "b", "props": {"value": 1}, "options": {"deleted_with": "a"}}
    lab.up(thing("a", "one", delete_before_replace=True), member)
    lab.forget_calls()
    lab.up(thing("a", "two", delete_before_replace=True), member)
    assert [call.id for call in lab.calls() if call.call == "delete"] == ["a-one"]
    assert ("create-replacement", "b") in lab.steps()


def test_a_protected_resource_is_not_replaced_and_nothing_is_made(lab):
    """Create-before-delete would leave the new one lying around."""
    lab.up(thing("a", "one", protect=True))
    lab.up(thing("a", "two", protect=True), ok=False)
    assert "is protected" in lab.said()
    assert lab.things() == lab.ids() == {"a-one"}


def test_a_protected_dependent_stops_delete_before_replace(lab):
    """Refused before anything is deleted."""
    user = {"name": "b", "props": {"identity": {"$from": "a.identity"}}, "options": {"protect": True}}
    lab.up(thing("a", "one", delete_before_replace=True), user)
    lab.up(thing("a", "two", delete_before_replace=True), user, ok=False)
    assert "b is protected" in lab.said()
    assert lab.things() == {"a-one", "b-one"}


def test_a_replacement_that_fails_keeps_the_old_one(lab):
    """The next run carries on from there."""
    lab.up(thing("a", "one"))
    lab.up(thing("a", "two", props={"fail": "create"}), ok=False)
    assert lab.things() == lab.ids() == {"a-one"}
    lab.up(thing("a", "two"))
    assert lab.things() == lab.ids() == {"a-two"}


def test_a_replaced_resource_whose_deletion_failed_is_deleted_by_the_next_run(lab):
    """It stays in the state, marked, until it is gone."""
    lab.up(thing("a", "one", props={"fail": "delete"}))
    lab.up(thing("a", "two"), ok=False)
    assert lab.things() == lab.ids() == {"a-one", "a-two"}
    assert [item["id"] for item in lab.resources() if item.get("delete")] == ["a-one"]
    lab.up(thing("a", "two"), ok=False)
    assert "delete was told to fail" in lab.said()
    assert lab.ids() == {"a-one", "a-two"}
