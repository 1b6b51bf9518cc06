"""Rules and repositories of every kind, for the property tests."""

from datetime import UTC, datetime, timedelta

from dockyard.retention import Action, Image, Rule
from hypothesis import strategies as st

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAGS = ("v1", "v2", "v10", "dev", "dev-1", "dev-2", "main", "latest")
PATTERNS = ("*", "v*", "dev*", "dev-*", "v1", "*1", "ma*n")


def _ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=5))
    return tuple(draw(_rule(name)) for name in names)


@st.composite
def _rule(draw: st.DrawFn, name: str) -> Rule:
    untagged = draw(st.booleans())
    tags = () if untagged else tuple(draw(st.lists(st.sampled_from(PATTERNS), unique=True, max_size=2)))
    action = draw(st.sampled_from(Action))
    count = draw(st.sampled_from(["none", "older_than_days", "not_pulled_days", "keep_last"]))
    if action is not Action.KEEP and count == "none":
        count = "older_than_days"
    counts = {} if count == "none" else {count: draw(st.integers(1, 6))}
    return Rule(name, action, tags, untagged, **counts)


@st.composite
def images(draw: st.DrawFn) -> list[Image]:
    """A tag stands on one image only, as in a registry."""
    free = list(draw(st.permutations(TAGS)))
    found = []
    for number in range(draw(st.integers(0, 8))):
        own = tuple(free.pop() for _ in range(min(draw(st.integers(0, 2)), len(free))))
        pushed = draw(st.floats(0, 10).map(lambda days: round(days, 1)))
        pulled = draw(st.none() | st.floats(0, 1).map(lambda part, days=pushed: round(days * part, 1)))
        found.append(Image(f"sha256:{number}", own, _ago(pushed), None if pulled is None else _ago(pulled)))
    return found
