"""Rules for tags: what the settings mean, and that NGINX's expressions mean the same."""

import re

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.settings import read_settings
from hypothesis import given
from hypothesis import strategies as st

BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}
NAMES = st.sampled_from(["prod/api", "prod/web/ui", "dev/api", "prod", "x.y/z"])
PATTERNS = st.sets(st.sampled_from(["**", "prod/*", "prod/**", "dev/api", "*"]))
TAGS = st.sampled_from(["latest", "v1.2", "v1x2", "dev-7", "dev"])
TAG_PATTERNS = st.sets(st.sampled_from(["latest", "v1.2", "dev-*", "*"]))


def rules(**settings):
    return read_settings({**BASE, **settings}, "test").tags


def answers(lines, text):
    """As NGINX matches a map's expressions."""
    return any(re.search(line.removeprefix("~").replace(r"\z", r"\Z"), text) for line in lines)


@given(PATTERNS, NAMES)
def test_the_front_s_expressions_say_which_tags_are_immutable(patterns, name):
    made = rules(tag_rules={"immutable_in": sorted(patterns)})
    assert answers(made.immutable_lines, name) == made.is_immutable(name)


@given(TAG_PATTERNS, PATTERNS, TAGS, NAMES)
def test_and_which_nobody_may_push(tags, patterns, tag, name):
    made = rules(tag_rules={"forbidden": sorted(tags), "forbidden_in": sorted(patterns)})
    assert answers(made.forbidden_lines, f"{tag}:{name}") == made.is_forbidden(name, tag)


def test_a_repository_has_its_own_word():
    own = {"dev/api": {"immutable_tags": False}, "prod/api": {"immutable_tags": True}}
    everywhere, nowhere = rules(immutable_tags=True, repositories=own), rules(repositories=own)
    assert [made.is_immutable("dev/api") for made in (everywhere, nowhere)] == [False, False]
    assert [made.is_immutable("prod/api") for made in (everywhere, nowhere)] == [True, True]
    assert [made.is_immutable("other") for made in (everywhere, nowhere)] == [True, False]


def test_all_problems_are_told():
    with pytest.raises(ProblemsError) as refused:
        rules(immutable_tags="yes", tag_rules={"immutable_in": ["A"], "forbidden": ["-x", "a:b"], "more": 1})
    told = str(refused.value)
    for path in (
        "immutable_tags",
        "tag_rules/immutable_in/0",
        "tag_rules/forbidden/0",
        "forbidden/1",
        "more",
    ):
        assert path in told
