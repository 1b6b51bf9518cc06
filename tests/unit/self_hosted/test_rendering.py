"""A value never becomes anything but a value, whatever stands in it."""

import io
import re
import shlex
from configparser import RawConfigParser

import jinja2
import pytest
from dockyard.errors import DockyardError
from dockyard.rendering import environment, ini, ini_argument, nginx, unit
from hypothesis import given
from hypothesis import strategies as st

PRINTABLE = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=30
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ('a"; evil on; #', '"a\\"; evil on; #"'),
        ("a\\", '"a\\\\"'),
        ("{}", '"{}"'),
        ("a b", '"a b"'),
        (7, '"7"'),
    ],
)
def test_nginx_reads_one_argument(value: object, text: str) -> None:
    assert nginx(value) == text


@pytest.mark.parametrize("value", ["$host", "a$", "a\nb", "a\rb", "\x00"])
def test_what_nginx_would_read_as_something_else_is_refused(value: str) -> None:
    with pytest.raises(DockyardError, match="cannot stand in an NGINX configuration"):
        nginx(value)


def test_only_the_template_s_own_text_may_hold_variables() -> None:
    assert nginx("/a", "/$b") == '"/a/$b"'


@given(PRINTABLE.filter(lambda text: "$" not in text))
def test_nginx_gets_back_what_was_put_in(text: str) -> None:
    quoted = nginx(text)
    inner, read = quoted[1:-1], ""
    position = 0
    while position < len(inner):
        assert inner[position] != '"'
        position += inner[position] == "\\"
        read += inner[position]
        position += 1
    assert read == text


@given(PRINTABLE.filter(lambda text: not re.search(r";|(^|\s)#", text) and text == text.strip()))
def test_supervisord_gets_back_what_was_put_in(text: str) -> None:
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_file(io.StringIO(f"[p]\nv = x{ini(text)}\n"))
    assert parser["p"]["v"] % {} == f"x{text}"
    assert shlex.split(ini_argument(text) % {}) == [text]


@pytest.mark.parametrize("value", ["a;b", "a\n[program:evil]", "a\tb", "a #b", "#a", "a\xa0#b", " a", "a "])
def test_what_supervisord_would_read_as_something_else_is_refused(value: str) -> None:
    with pytest.raises(DockyardError, match="cannot stand in a supervisord configuration"):
        ini(value)


def test_systemd_expands_nothing() -> None:
    assert unit('a%h $HOME "x" \\') == '"a%%h $$HOME \\"x\\" \\\\"'
    with pytest.raises(DockyardError, match="cannot stand in a systemd unit"):
        unit("a\nExecStart=/bin/evil")


def test_a_name_that_a_template_does_not_get_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ absent }}").render()
