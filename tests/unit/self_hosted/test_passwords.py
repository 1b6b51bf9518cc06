"""Former passwords in the front's files."""

import re
from dataclasses import replace

from dockyard.self_hosted.passwords import Former, at_least, password_files
from hypothesis import given
from hypothesis import strategies as st

SECONDS = st.integers(1_000_000_000, 9_999_999_999)
LINES = {"a.b": "a.b:new", "ci": "ci:new"}


@given(SECONDS, SECONDS)
def test_seconds_are_compared_digit_by_digit(number: int, other: int) -> None:
    for second in (number - 1, number, number + 1, other, 10 * number):
        found = any(re.fullmatch(expression, str(second)) for expression in at_least(number))
        assert found == (second >= number)


def test_a_former_password_is_in_a_file_of_its_own_with_its_end_in_the_map() -> None:
    files = password_files(LINES, {"a.b": Former("a.b:old", "2026-11-25T12:00:00Z")})
    assert files["htpasswd"] == "a.b:new\nci:new\n"
    assert files["former.htpasswd"] == "a.b:old\n"
    assert '"~^a\\.b:1795608000\\." /dev/null;' in files["generation.conf"]
    assert "~^ci:" not in files["generation.conf"]


def test_the_generation_tells_every_state_of_the_passwords_apart() -> None:
    former = Former("ci:old", "2026-11-25T12:00:00Z")
    states = (
        ({}, LINES),
        ({"ci": former}, LINES),
        ({"ci": replace(former, until="2026-11-26T12:00:00Z")}, LINES),
        ({"ci": replace(former, htpasswd="ci:older")}, LINES),
        ({}, {"ci": "ci:new"}),
    )
    assert (
        len({password_files(lines, given)["generation.conf"].split(";")[0] for given, lines in states}) == 5
    )


def test_former_lines_are_written_before_the_ones_that_replace_them() -> None:
    """Files are written in the order of their names."""
    assert "former.htpasswd" < "htpasswd"
