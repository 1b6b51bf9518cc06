"""The setting `front`."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.settings import Settings, read_settings

BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}


def read(**values: object) -> Settings:
    return read_settings({**BASE, **values}, "test")


def test_nginx_is_the_front_where_nothing_is_said() -> None:
    assert read().front is Front.NGINX
    assert read(front="nginx") == read()


@pytest.mark.parametrize("front", ["caddy", "haproxy", "", "NGINX"])
def test_what_is_not_a_front_is_refused(front: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        read(front=front)
    problem = f"front: is not a front: {front!r}"
    assert str(caught.value) == f"test: 1 problem\n  {problem}\nhint: one of: {', '.join(Front)}"


def test_a_front_is_told_as_text() -> None:
    with pytest.raises(ProblemsError, match="front: must be text, got 1"):
        read(front=1)
