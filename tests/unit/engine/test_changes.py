"""Differences as a person sees them."""

from dockyard.engine import changes
from dockyard.engine.diff import Diff
from dockyard.engine.events import DiffKind, PropertyChange
from dockyard.engine.values import UNKNOWN, Secret


def test_no_secret_is_in_a_description():
    """Old or new, whole or nested, compared or reported by the provider."""
    olds = {"password": Secret("old-hush"), "deep": [{"key": Secret("old-psst")}], "gone": Secret("away")}
    news = {"password": Secret("new-hush"), "deep": [{"key": Secret("new-psst")}], "fresh": Secret("here")}
    detailed = Diff(True, detailed={"password": 4, "deep[0].key": 4, "gone": 2, "fresh": 0})
    for diff in (None, detailed):
        shown = repr(changes.describe(olds, news, diff))
        assert not [word for word in ("hush", "psst", "away", "here") if word in shown]
        assert "[secret]" in shown


def test_a_path_into_a_secret_shows_no_part_of_it():
    """A provider may report a path below what the program made secret."""
    diff = Diff(True, detailed={"creds.user": 4})
    (change,) = changes.describe({"creds": Secret({"user": "a"})}, {"creds": Secret({"user": "b"})}, diff)
    assert (change.old, change.new) == ("[secret]", "[secret]")


def test_inputs_are_compared_where_the_provider_gave_no_details():
    """Each differing leaf with its path; what replaces is marked."""
    olds = {"same": 1, "changed": {"x": 1, "y": 2}, "gone": [1, 2], "list": [1, 2]}
    news = {"same": 1, "changed": {"x": 1, "y": UNKNOWN}, "list": [1, 3, 4], "new": "n"}
    found = changes.describe(olds, news, Diff(True, replaces=["changed"]))
    assert found == (
        PropertyChange("changed.y", DiffKind.UPDATE, 2, "[unknown]", replaces=True),
        PropertyChange("gone", DiffKind.DELETE, [1, 2], None),
        PropertyChange("list[1]", DiffKind.UPDATE, 2, 3),
        PropertyChange("list[2]", DiffKind.ADD, None, 4),
        PropertyChange("new", DiffKind.ADD, None, "n"),
    )


def test_a_path_that_is_none_is_shown_as_the_provider_said_it():
    """Some providers put a message there."""
    (change,) = changes.describe({}, {}, Diff(True, detailed={'odd["': 4}))
    assert change.path == 'odd["'
