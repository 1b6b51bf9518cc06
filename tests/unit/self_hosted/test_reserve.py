"""The setting `reserve`."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.reserve import Reserve
from dockyard.self_hosted.settings import read_settings

BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}


@pytest.mark.parametrize(
    ("given", "reserve"),
    [
        ({}, Reserve(5, 0)),
        ({"reserve": "12%"}, Reserve(12, 0)),
        ({"reserve": "10G"}, Reserve(0, 10 << 30)),
        ({"reserve": "1048576"}, Reserve(0, 1 << 20)),
    ],
)
def test_a_share_or_a_size(given, reserve):
    assert read_settings({**BASE, **given}, "test").reserve == reserve


@pytest.mark.parametrize("none", ["0", "0%"])
def test_none_at_all(none):
    assert not read_settings({**BASE, "reserve": none}, "test").reserve.wanted


@pytest.mark.parametrize("wrong", ["100%", "-1", "5 %", "10X", "a lot", "1.5G"])
def test_what_is_neither_is_refused(wrong):
    with pytest.raises(ProblemsError, match="reserve: is neither a share nor a size"):
        read_settings({**BASE, "reserve": wrong}, "test")
