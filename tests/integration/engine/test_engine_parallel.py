"""What is independent runs side by side, what depends runs in order, and the work for each resource does not grow with their number."""

import itertools
import json

import pytest
from dockyard.engine.store import StackStore


def slow(name, **rest):
    return {"name": name, "props": {"value": 1, "slow": 1.5}, **rest}


def spans(lab, begin: str, end: str) -> dict[str, tuple[float, float]]:
    starts = {call.name: call.at for call in lab.calls() if call.call == begin}
    return {call.name: (starts[call.name], call.at) for call in lab.calls() if call.call == end}


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def test_independent_creations_overlap_and_dependents_wait(lab):
    """a and b side by side, c after both."""
    lab.up(slow("a"), slow("b"), slow("c", options={"depends_on": ["a", "b"]}))
    made = spans(lab, "create", "created")
    assert overlap(made["a"], made["b"])
    assert made["c"][0] >= max(made["a"][1], made["b"][1])


def test_independent_deletions_overlap_and_dependents_go_first(lab):
    """c before both, then a and b side by side."""
    lab.up(slow("a"), slow("b"), slow("c", options={"depends_on": ["a", "b"]}))
    lab.run("destroy")
    gone = spans(lab, "delete", "deleted")
    assert gone["c"][1] <= min(gone["a"][0], gone["b"][0])
    assert overlap(gone["a"], gone["b"])


def test_no_more_run_at_once_than_allowed(lab):
    """`Options(parallel=1)`: one after another."""
    lab.up(*(slow(name) for name in "abc"), parallel=1)
    made = sorted(spans(lab, "create", "created").values())
    assert all(not overlap(one, other) for one, other in itertools.pairwise(made))


@pytest.mark.timeout(1200)
def test_a_thousand_resources_cost_ten_times_what_a_hundred_do(make_lab, monkeypatch):
    """Provider calls and bytes written for each resource stay the same, and the state is complete."""
    lab = make_lab("many")
    written = []
    original = StackStore.close

    def close(store):
        written.append(store.bytes_written)
        original(store)

    monkeypatch.setattr(StackStore, "close", close)
    calls = []
    for count in (100, 1000):
        lab.configure(count=count)
        lab.forget_calls()
        lab.run("up")
        assert len(lab.ids()) == len(lab.things()) == count
        calls.append(
            len([call for call in lab.calls() if call.call in ("check", "create", "created")]) / count
        )
        lab.forget_calls()
        lab.run("destroy")
        assert not lab.things()
    assert calls == [3, 3]
    per_resource = [written[0] / 100, written[2] / 1000]
    assert per_resource[1] < 2 * per_resource[0], json.dumps(written)
