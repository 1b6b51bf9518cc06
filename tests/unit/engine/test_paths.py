"""Property paths."""

import pytest
from dockyard.engine import paths
from dockyard.engine.values import Secret


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ("root.double.nest", ("root", "double", "nest")),
        ("root.array[0]", ("root", "array", 0)),
        ("root.array[100][0].nested", ("root", "array", 100, 0, "nested")),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('files["/etc/a.conf"].mode', ("files", "/etc/a.conf", "mode")),
        ("root.*.field", ("root", "*", "field")),
        ("root[*].field", ("root", "*", "field")),
    ],
)
def test_a_path_is_parsed_as_pulumi_does(text, path):
    """Examples of Pulumi's own documentation of property paths."""
    assert paths.parse(text) == path


@pytest.mark.parametrize("text", ["root[", "root[x]", 'root["open'])
def test_what_is_no_path_is_refused(text):
    """A typo in ignoreChanges must not ignore something else."""
    with pytest.raises(ValueError, match="not a property path"):
        paths.parse(text)


@pytest.mark.parametrize("path", [("a", "b.c", 0, "/etc/x"), ("a",), ("a", 1, 2), ('q"uote', "d")])
def test_a_shown_path_parses_to_itself(path):
    """What the display shows can be pasted into ignoreChanges."""
    assert paths.parse(paths.show(path)) == path


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        (["a"], {"a": 1, "b": {"c": 20, "d": 30}, "l": [{"x": 5}]}),
        (["b.c"], {"a": 10, "b": {"c": 2, "d": 30}, "l": [{"x": 5}]}),
        (["b.d"], {"a": 10, "b": {"c": 20}, "l": [{"x": 5}]}),
        (["b.*"], {"a": 10, "b": {"c": 2}, "l": [{"x": 5}]}),
        (["l[0].x"], {"a": 10, "b": {"c": 20, "d": 30}, "l": [{"x": 4}]}),
        (["l[*].x"], {"a": 10, "b": {"c": 20, "d": 30}, "l": [{"x": 4}]}),
        (["gone"], {"a": 10, "b": {"c": 20, "d": 30}, "l": [{"x": 5}], "gone": 9}),
    ],
)
def test_ignored_paths_go_back_to_what_they_were(ignored, expected):
    """What was added is removed again, what was removed comes back."""
    olds = {"a": 1, "b": {"c": 2}, "l": [{"x": 4}], "gone": 9}
    news = {"a": 10, "b": {"c": 20, "d": 30}, "l": [{"x": 5}]}
    assert paths.reset(news, olds, ignored) == expected
    assert news == {"a": 10, "b": {"c": 20, "d": 30}, "l": [{"x": 5}]}


def test_a_path_into_a_secret_keeps_it_secret():
    """Ignoring a part of a secret object must not reveal the rest."""
    result = paths.reset({"s": Secret({"a": 2, "b": 3})}, {"s": Secret({"a": 1})}, ["s.a"])
    assert result == {"s": Secret({"a": 1, "b": 3})}
