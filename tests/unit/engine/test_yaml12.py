"""YAML as the CLI reads it."""

from pathlib import Path

import pytest
from dockyard.engine import yaml12
from dockyard.errors import DockyardError


def read(tmp_path: Path, text: str) -> dict[str, object]:
    (tmp_path / "x.yaml").write_text(text)
    return yaml12.load(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("True", True),
        ("1:30", "1:30"),
        ("0o17", 15),
        ("017", 15),
        ("089", 89.0),
        ("0x1F", 31),
        ("-12", -12),
        ("1_000", 1000),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("~", None),
        ("", None),
        ("null", None),
        ("v1:abc=", "v1:abc="),
        ("2.8.2", "2.8.2"),
        ("'12'", "12"),
        ("'2024-01-01'", "2024-01-01"),
    ],
)
def test_a_plain_word_is_what_it_is_for_the_cli(tmp_path: Path, text: str, value: object) -> None:
    found = read(tmp_path, f"key: {text}\n")["key"]
    assert found == value
    assert type(found) is type(value)


def test_anchors_and_merges_work(tmp_path: Path) -> None:
    text = "base: &b {a: 1, b: 2}\nkey: {<<: *b, b: 3}\n"
    assert read(tmp_path, text)["key"] == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r"x.yaml:3:1: the key 'a' stands twice"),
        ("a: 2024-01-01\n", r"x.yaml:1:4: 2024-01-01 is a date in YAML: put it in quotes to keep it as text"),
        ("- a\n", r"x.yaml: expected a mapping, got list"),
        ("a: !!python/object:os.system {}\n", r"x.yaml:1:4: could not determine a constructor"),
        ("a: [1\n", r"x.yaml:2:1: "),
    ],
)
def test_what_cannot_be_read_is_told_with_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DockyardError, match=message):
        read(tmp_path, text)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# only a comment\n") == {}
