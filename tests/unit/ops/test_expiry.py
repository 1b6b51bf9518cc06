"""What expires in a store: the host's judgement is the simulator's, and nothing goes that something else needs."""

import pytest
from dockyard.ops import expiry
from dockyard.ops.expiry import DAY, Manifest, expired
from dockyard.retention import Action, simulate
from dockyard.self_hosted.retention import plain
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.retention.strategies import NOW, images, rules

NOW_SECONDS = NOW.timestamp()
OLD = NOW_SECONDS - 30 * DAY
TWO_DAYS = expiry.Rule("old", True, older_than_days=2)
SIGNED = "sha256:" + "a" * 64


def kept_here(found):
    """Rules of what a host can keep."""
    return tuple(it for it in found if it.action is not Action.ARCHIVE and not it.not_pulled_days)


def manifest(digest, *tags, pushed=OLD, **more):
    return Manifest(digest, pushed, dict.fromkeys(tags, pushed), **more)


@given(rules().map(kept_here), images())
def test_the_host_and_the_simulator_give_the_same_answers(given_rules, listed):
    own = [expiry.Rule(**{**rule, "tags": tuple(rule["tags"])}) for rule in plain(given_rules)]
    manifests = [manifest(it.digest, *it.tags, pushed=it.pushed.timestamp()) for it in listed]
    found = expiry.decide(own, manifests, NOW_SECONDS)
    answers = {digest: (goes, rule and rule.name) for digest, (goes, rule) in found.items()}
    assert answers == {
        it.image.digest: (it.action is Action.EXPIRE, it.rule.name if it.rule else None)
        for it in simulate(given_rules, listed, NOW)
    }


def test_the_newest_tag_of_a_manifest_is_its_push():
    both = Manifest("sha256:1", OLD, {"a": OLD, "b": NOW_SECONDS - DAY})
    assert expired([TWO_DAYS], [both], NOW_SECONDS) == {}


@pytest.mark.parametrize("depth", [1, 2])
def test_what_an_index_that_stays_holds_stays(depth):
    """An index in an index too."""
    chain = [manifest("sha256:0", "v1", pushed=NOW_SECONDS, children=("sha256:1",))]
    chain += [manifest(f"sha256:{n}", children=(f"sha256:{n + 1}",)) for n in range(1, depth + 1)]
    assert expired([TWO_DAYS], [*chain, manifest(f"sha256:{depth + 1}")], NOW_SECONDS) == {}
    chain[0].tags = dict.fromkeys(chain[0].tags, OLD)
    assert len(expired([TWO_DAYS], chain, NOW_SECONDS)) == depth + 1


@pytest.mark.parametrize(
    "signature",
    [
        manifest("sha256:b", subject=SIGNED, pushed=NOW_SECONDS),
        manifest("sha256:b", f"sha256-{'a' * 64}.sig", pushed=NOW_SECONDS),
        manifest("sha256:b", f"sha256-{'a' * 64}", pushed=NOW_SECONDS),
    ],
)
def test_a_referrer_goes_with_its_subject_however_young_it_is(signature):
    found = expired([TWO_DAYS], [manifest(SIGNED, "v1"), signature], NOW_SECONDS)
    assert found == {SIGNED: "rule old", "sha256:b": f"refers to {SIGNED}, which goes"}


@pytest.mark.parametrize("tags", [(), (f"sha256-{'a' * 64}.sig",)])
def test_a_referrer_never_goes_before_its_subject(tags):
    """However old it is, and what refers to it likewise."""
    young = manifest(SIGNED, "v1", pushed=NOW_SECONDS)
    signature = manifest("sha256:b", *tags, subject=SIGNED)
    assert (
        expired([TWO_DAYS], [young, signature, manifest("sha256:c", subject="sha256:b")], NOW_SECONDS) == {}
    )


def test_referrers_do_not_count_among_the_last():
    """Else two signed images would be four."""
    last = expiry.Rule("keep-last", True, ("*",), keep_last=2)
    signature = manifest("sha256:b", f"sha256-{'a' * 64}.sig", pushed=NOW_SECONDS)
    listed = [manifest(SIGNED, "v1"), manifest("sha256:d", "v2"), signature]
    assert expired([last], listed, NOW_SECONDS) == {}


def test_nothing_goes_that_a_protected_pattern_names():
    keep = expiry.Rule("keep-tags", False, ("v*", "*.sig"))
    signature = manifest("sha256:b", f"sha256-{'a' * 64}.sig")
    listed = [manifest("sha256:1", "v1", "dev"), manifest(SIGNED, "dev2"), signature]
    assert set(expired([TWO_DAYS, keep], listed, NOW_SECONDS)) == {SIGNED}


def test_a_manifest_whose_index_may_be_on_its_way_stays():
    last = expiry.Rule("few", True, untagged=True, keep_last=1)
    listed = [manifest(f"sha256:{n}", pushed=NOW_SECONDS - age) for n, age in ((1, 10), (2, 20), (3, 4000))]
    assert set(expired([last], listed, NOW_SECONDS)) == {"sha256:3"}


@given(st.data())
def test_whatever_goes_nothing_that_stays_needs_it(data):
    """Any graph of indexes and subjects, each leading to what was made before."""
    names = [f"sha256:{n}" for n in range(6)]
    listed = []
    for place, name in enumerate(names):
        earlier = st.sampled_from(names[:place]) if place else st.nothing()
        children = tuple(data.draw(st.lists(earlier, max_size=2))) if place else ()
        subject = data.draw(st.just("") | earlier)
        own = data.draw(st.sampled_from([(), (f"t{place}",)]))
        pushed = NOW_SECONDS - data.draw(st.sampled_from([0, 3])) * DAY
        listed.append(manifest(name, *own, pushed=pushed, children=children, subject=subject))
    going = expired([TWO_DAYS], listed, NOW_SECONDS)
    staying = [it for it in listed if it.digest not in going]
    assert not {child for it in staying for child in it.children} & set(going)
    assert not [it for it in listed if it.digest in going and it.subject and it.subject not in going]
