"""Retention as `acr purge`: what the commands do, by the source of acr-cli, held to the simulator."""

import shlex
from dataclasses import replace
from datetime import timedelta

import pytest
from dockyard.azure.purge import Purge, purge_outcome, purges
from dockyard.retention import Action, Image, Rule, read_retention, simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.retention.strategies import NOW, PATTERNS, images, rules

EXPIRE, ARCHIVE, KEEP = Action.EXPIRE, Action.ARCHIVE, Action.KEEP
BOUNDED = settings(max_examples=200, deadline=None)
RUN = NOW + timedelta(milliseconds=1)
"""No push is exactly so many days old: at that instant the rules keep a manifest and ACR deletes it."""


def patterns(least):
    return st.lists(st.sampled_from(PATTERNS), unique=True, min_size=least, max_size=2).map(tuple)


@st.composite
def keepable(draw, counts_tags):
    """Rules that ACR can keep: some that expire, perhaps some that protect."""
    wanted = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        untagged = draw(st.booleans())
        tags = () if untagged else draw(patterns(0))
        days, keep = draw(st.integers(0, 6)), draw(st.integers(0, 3))
        keep = keep if untagged or counts_tags else 0
        wanted.append(Rule(name, EXPIRE, tags, untagged, max(days, int(not keep)), 0, keep))
    wanted += [Rule(name, KEEP, draw(patterns(1))) for name in "de"[: draw(st.integers(0, 2))]]
    wanted += [Rule("f", KEEP, untagged=True)] * draw(st.integers(0, 1))
    return wanted


def told_apart(repository):
    """No two pushes at the same instant: of those, ACR and the rules may call another one the newer."""
    return [
        replace(image, pushed=image.pushed - timedelta(microseconds=number))
        for number, image in enumerate(repository)
    ]


def with_one_tag(repository):
    return told_apart(replace(image, tags=image.tags[:1]) for image in repository)


def simulated(wanted, repository):
    return {decision.image.digest: decision.action for decision in simulate(wanted, repository, RUN)}


def compiled(*wanted, **more):
    problems = []
    found = purges(wanted, ["api"], problems, **more)
    assert problems == []
    return found


def refused(*wanted, **more):
    problems = []
    purges(wanted, ["api"], problems, **more)
    return [(problem.path, problem.message) for problem in problems]


@BOUNDED
@given(keepable(counts_tags=False), images())
def test_no_image_goes_that_the_rules_keep(wanted, repository):
    repository = told_apart(repository)
    expected = simulated(wanted, repository)
    outcome, _ = purge_outcome(compiled(*wanted), "api", repository, RUN)
    assert all(action in (KEEP, expected[digest]) for digest, action in outcome.items())


@BOUNDED
@given(keepable(counts_tags=True), images())
def test_counting_tags_takes_no_image_that_the_rules_keep_where_each_has_one_tag(wanted, repository):
    repository = with_one_tag(repository)
    expected = simulated(wanted, repository)
    outcome, _ = purge_outcome(compiled(*wanted, counts_tags=True), "api", repository, RUN)
    assert all(action in (KEEP, expected[digest]) for digest, action in outcome.items())


@BOUNDED
@given(keepable(counts_tags=True), images())
def test_no_tag_goes_that_a_rule_protects(wanted, repository):
    _, gone = purge_outcome(compiled(*wanted, counts_tags=True), "api", told_apart(repository), RUN)
    assert not any(rule.selects([tag]) for rule in wanted if rule.action is KEEP for tag in gone)


@BOUNDED
@given(rules(), images())
def test_a_rule_alone_does_exactly_what_it_says_where_each_image_has_one_tag(wanted, repository):
    repository = with_one_tag(repository)
    for rule in wanted:
        problems = []
        found = purges([rule], ["api"], problems, counts_tags=True)
        counts_both_kinds = rule.keep_last and not rule.tags and not rule.untagged
        if not problems and not counts_both_kinds:
            assert purge_outcome(found, "api", repository, RUN)[0] == simulated([rule], repository)


@BOUNDED
@given(keepable(counts_tags=True), images())
def test_what_is_locked_or_part_of_an_index_stays(wanted, repository):
    repository = told_apart(repository)
    untagged = [image.digest for image in repository if not image.tags]
    outcome, _ = purge_outcome(compiled(*wanted, counts_tags=True), "api", repository, RUN, held=untagged)
    assert all(outcome[digest] is KEEP for digest in untagged)


def test_the_usual_settings_as_acr_has_them():
    usual = read_retention({"untagged_days": 14.0, "keep_last": 30, "keep_tags": ["v*", "latest"]}, [])
    assert compiled(*usual, counts_tags=True) == (
        Purge(("api",), "", 14, 0),
        Purge(("api",), "^(?!(latest|v.*)$)(.*)$", 0, 30),
    )


def test_a_command_says_everything_that_it_relies_on():
    assert Purge(("api", "tools/ci.x"), "^(dev-.*)$", 30, 3).command(dry_run=False) == (
        "mcr.microsoft.com/acr/acr-cli:0.19 purge --registry $Registry --filter 'api:^(dev-.*)$' "
        r"--filter 'tools/ci\.x:^(dev-.*)$' --ago 30d --keep 3 --concurrency 10"
    )
    assert Purge(("api",), "", 14).command(dry_run=True) == (
        "mcr.microsoft.com/acr/acr-cli:0.19 purge --registry $Registry --untagged-only --filter 'api:.*' "
        "--ago 14d --concurrency 10 --dry-run"
    )


def test_the_alias_acr_is_not_used_because_its_version_deletes_untagged_images_of_any_age():
    assert Purge(("api",)).command(dry_run=False).split()[0] == "mcr.microsoft.com/acr/acr-cli:0.19"


def test_locked_images_are_never_unlocked():
    for purge in compiled(*read_retention({"rules": {"a": {"older_than_days": 3}}}, [])):
        assert "--include-locked" not in purge.command(dry_run=False)


def test_a_shell_and_the_aliases_of_tasks_leave_the_expressions_as_they_are():
    """ACR Tasks reads `$` and a name as an alias, `$$` as `$`, `{{` as a template, and runs the rest by a shell."""
    rule = Rule("a", EXPIRE, ("dev-*", "*1.0*", "x"), older_than_days=3)
    for purge in compiled(rule, Rule("b", KEEP, ("v1.*",))):
        command = purge.command(dry_run=False)
        words = shlex.split(command)
        assert words[words.index("--filter") + 1] == r"api:^(?!(v1\..*)$)(dev-.*|.*1\.0.*|x)$"
        for index in (at for at, char in enumerate(command) if char == "$"):
            assert command[index:].startswith("$Registry ") or not command[index + 1].isalnum()
        assert "$$" not in command
        assert "{{" not in command


def test_a_filter_has_one_colon_because_acr_cli_parts_it_there():
    for purge in compiled(Rule("a", EXPIRE, ("dev-*",), older_than_days=3), Rule("b", KEEP, ("v*",))):
        words = shlex.split(purge.command(dry_run=False))
        assert words[words.index("--filter") + 1].count(":") == 1


def test_a_dot_in_a_name_is_a_dot_and_not_any_character():
    (purge,) = compiled(Rule("a", EXPIRE, ("1.0",), older_than_days=1))
    old = [
        Image(f"sha256:{tag}", (tag,), RUN - timedelta(days=9)) for tag in ("1.0", "110", "1.0-rc", "x1.0")
    ]
    assert purge_outcome([purge], "api", old, RUN)[1] == {"1.0"}


def test_manifests_without_tags_come_first_so_that_the_run_takes_the_place_of_none():
    """Else an image that loses its tag would be the newest of those without, and push out one that is to stay."""
    wanted = [
        Rule("a", EXPIRE, ("dev",), older_than_days=1),
        Rule("b", EXPIRE, untagged=True, keep_last=1),
    ]
    repository = [
        Image("sha256:dev", ("dev",), RUN - timedelta(days=2)),
        Image("sha256:none", (), RUN - timedelta(days=3)),
    ]
    found = compiled(*wanted)
    assert [purge.tags for purge in found] == ["", "^(dev)$"]
    assert purge_outcome(found, "api", repository, RUN)[0] == {"sha256:dev": EXPIRE, "sha256:none": KEEP}
    assert purge_outcome(found[::-1], "api", repository, RUN)[0]["sha256:none"] is EXPIRE


def test_an_image_with_several_tags_stays_while_one_is_left():
    rule = Rule("a", EXPIRE, ("dev",), older_than_days=1)
    both = [Image("sha256:a", ("dev", "main"), RUN - timedelta(days=9))]
    assert purge_outcome(compiled(rule), "api", both, RUN) == ({"sha256:a": KEEP}, {"dev"})


def test_counting_tags_keeps_fewer_images_which_is_why_it_needs_a_word():
    rule = Rule("a", EXPIRE, ("*",), keep_last=2)
    repository = [
        Image("sha256:new", ("v1", "v1.0", "latest"), RUN - timedelta(days=1)),
        Image("sha256:old", ("v0",), RUN - timedelta(days=2)),
    ]
    assert simulated([rule], repository)["sha256:old"] is KEEP
    assert purge_outcome(compiled(rule, counts_tags=True), "api", repository, RUN)[0]["sha256:old"] is EXPIRE
    message = "ACR counts tags, so fewer images would stay where one has several tags"
    assert refused(rule) == [("retention/rules/a", message)]


def test_a_rule_that_keeps_every_image_or_those_without_tags_leaves_no_command_for_them():
    rule = Rule("a", EXPIRE, older_than_days=1)
    assert [purge.tags for purge in compiled(rule)] == ["", "^(.*)$"]
    assert [purge.tags for purge in compiled(rule, Rule("b", KEEP, untagged=True))] == ["^(.*)$"]
    assert compiled(rule, Rule("b", KEEP)) == ()
    assert compiled() == ()


def test_a_registry_of_many_repositories_makes_several_commands():
    names = [f"r{number:03}" for number in range(250)]
    found = purges([Rule("a", EXPIRE, untagged=True, older_than_days=1)], names, [])
    assert [len(purge.repositories) for purge in found] == [100, 100, 50]
    assert [name for purge in found for name in purge.repositories] == names


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("a", ARCHIVE, older_than_days=1), "ACR cannot archive by a rule"),
        (Rule("a", EXPIRE, not_pulled_days=1), "ACR's purge does not know when images were pulled"),
        (Rule("a", KEEP, ("v*",), keep_last=3), "ACR protects images by their tags alone"),
        (Rule("a", KEEP, older_than_days=3), "ACR protects images by their tags alone"),
    ],
)
def test_what_acr_cannot_keep_is_refused(rule, message):
    assert refused(rule) == [("retention/rules/a", message)]
    assert refused(rule, counts_tags=True) == [("retention/rules/a", message)]


def test_keep_last_is_refused_at_its_own_place():
    rules_ = read_retention({"keep_last": 3}, [])
    assert [path for path, _ in refused(*rules_)] == ["retention/keep_last"]
