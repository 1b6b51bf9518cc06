"""A stack's file is changed in one place alone."""

import pytest
from dockyard.cli.stack_edit import remove, set_value
from dockyard.errors import DockyardError

FLOW = """\
# Ours.
config:
  registry:port: 8443   # free here
  registry:users:
    admin: {admin: true}
    ci: {push: ["**"]}   # the builds
    # may only look
    reader: {pull: ["**"], rotation: 'old'}
"""
BLOCK = """\
config:
  registry:users:
    ci:
      # what it builds
      push:
        - shop/**
        - web/**   # both
    # may only look
    reader:
      pull: ["**"]
  registry:port: 8443
"""
CI = ("config", "registry:users", "ci")
READER = ("config", "registry:users", "reader")


def test_a_key_is_put_into_a_mapping_on_one_line() -> None:
    assert set_value(FLOW, (*CI, "rotation"), "2") == FLOW.replace(
        '["**"]}   #', '["**"], rotation: "2"}   #'
    )


def test_a_key_is_put_into_a_mapping_on_lines_of_its_own() -> None:
    wanted = BLOCK.replace("      push:", "      overlapHours: 24\n      push:")
    assert set_value(BLOCK, (*CI, "overlapHours"), 24) == wanted


def test_a_key_is_put_into_an_empty_mapping() -> None:
    assert set_value("config: {a: {}}", ("config", "a", "b"), 1) == "config: {a: {b: 1}}"


def test_a_value_that_is_there_is_replaced() -> None:
    assert set_value(FLOW, (*READER, "rotation"), "new") == FLOW.replace("'old'", '"new"')


def test_an_entry_is_taken_out_with_its_lines_and_no_others() -> None:
    assert remove(FLOW, CI) == FLOW.replace('    ci: {push: ["**"]}   # the builds\n', "")
    start, end = BLOCK.index("    ci:"), BLOCK.index("    # may only look")
    assert remove(BLOCK, CI) == BLOCK[:start] + BLOCK[end:]
    assert remove(BLOCK, READER) == BLOCK.replace('    reader:\n      pull: ["**"]\n', "")


@pytest.mark.parametrize(
    ("text", "place", "wanted"),
    [
        ("a: [x, y, z]\n", 0, "a: [y, z]\n"),
        ("a: [x, y, z]\n", 2, "a: [x, y]\n"),
        ("a: [x]\n", 0, "a: []\n"),
        ("a:\n  - x   # first\n  - y\n", 1, "a:\n  - x   # first\n"),
        ("a:\n  - x\nb: 1\n", 0, "a:\n  []\nb: 1\n"),
        ("a:\n  - x\n  - y", 1, "a:\n  - x\n"),
    ],
)
def test_an_item_is_taken_out_of_a_list(text: str, place: int, wanted: str) -> None:
    assert remove(text, ("a", place)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  ci: &all {push: [x]}\n  reader: *all\n",
        "config:\n  ci: null\n",
        "config:\n  reader: {}\n",
        "config: text\n",
    ],
)
def test_a_form_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(DockyardError):
        set_value(text, ("config", "ci", "rotation"), "2")


def test_a_refusal_tells_what_to_write_by_hand() -> None:
    text = "config:\n  ci: &all {push: [x]}\n  reader: *all\n"
    with pytest.raises(DockyardError) as refused:
        set_value(text, ("config", "ci", "rotation"), "2")
    assert refused.value.hint == 'write `rotation: "2"` there by hand, then run `up`'
