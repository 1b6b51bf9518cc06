"""Registrations, read."""

import pytest
from dockyard.engine import goal as goals
from dockyard.engine.goal import Alias, Goal
from dockyard.errors import DockyardError
from pulumi.runtime.proto import alias_pb2, resource_pb2

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
Request = resource_pb2.RegisterResourceRequest


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400)])
def test_a_duration_is_read_as_go_writes_it(text, seconds):
    """customTimeouts come as such texts."""
    assert goals.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "soon", "5 m", "5m!"])
def test_what_is_no_duration_is_refused(text):
    """A timeout must not silently be none."""
    with pytest.raises(DockyardError, match="is not a duration"):
        goals.seconds(text)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (Request(transforms=[{"target": "x", "token": "y"}]), "transforms"),
        (Request(hooks={"before_create": ["h"]}), "resource hooks"),
        (Request(replacement_trigger={"string_value": "x"}), "replacementTrigger"),
        (Request(packageRef="r"), "parameterized packages"),
        (Request(envVarMappings={"a": "b"}), "envVarMappings"),
        (Request(pluginDownloadURL="u"), "pluginDownloadURL"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(request_, name):
    """Refused, never ignored."""
    request_.name = "thing"
    with pytest.raises(DockyardError, match=f"does not support {name}.*'thing'"):
        goals.from_request(request_)


def test_properties_without_said_dependencies_depend_on_all_of_the_resources():
    """As the CLI does for SDKs that send no property dependencies."""
    request = Request(dependencies=["u2", "u1"])
    request.object.update({"a": 1, "b": 2})
    assert goals.from_request(request).property_dependencies == {"a": ["u1", "u2"], "b": ["u1", "u2"]}


def test_options_not_said_are_none_and_false_is_false():
    """A child inherits from its parent only what it does not say."""
    assert goals.from_request(Request()).protect is None
    assert goals.from_request(Request(protect=False)).protect is False
    assert goals.from_request(Request(deleteBeforeReplaceDefined=True)).delete_before_replace is False


def test_alias_parts_left_out_are_todays():
    """An alias says only what was different."""
    request = Request(
        type="a:b:C",
        name="new",
        aliases=[alias_pb2.Alias(spec={"name": "old"}), alias_pb2.Alias(urn="urn:x")],
    )
    goal = goals.from_request(request)
    goal.parent = STACK
    assert goals.alias_urns(goal, "dev", "p", {}) == ["urn:pulumi:dev::p::a:b:C::old", "urn:x"]


def test_children_of_a_renamed_parent_are_found_under_its_old_name():
    """A child named after its parent is taken to have been renamed along."""
    parent, old = "urn:pulumi:dev::p::x:y:Z::new", "urn:pulumi:dev::p::x:y:Z::old"
    child = Goal(type="a:b:C", name="new-disk", custom=True, inputs={}, parent=parent)
    assert goals.alias_urns(child, "dev", "p", {parent: old}) == ["urn:pulumi:dev::p::x:y:Z$a:b:C::old-disk"]


def test_an_alias_with_no_parent_was_at_the_top():
    """`no_parent` and "same parent as now" are different things."""
    goal = Goal(
        "a:b:C", "n", True, {}, parent="urn:pulumi:dev::p::x:y:Z::top", aliases=[Alias(no_parent=True)]
    )
    assert goals.alias_urns(goal, "dev", "p", {}) == ["urn:pulumi:dev::p::a:b:C::n"]
