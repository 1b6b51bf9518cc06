"""What a registry does with the compiled rules, by its own documented semantics, held to the simulator."""

import json
from datetime import timedelta

import pytest
from dockyard.aws.lifecycle import lifecycle_outcome, lifecycle_policy
from dockyard.gcp.cleanup import cleanup_outcome, cleanup_policies
from dockyard.retention import Action, Image, Rule, read_retention, simulate
from hypothesis import assume, given, settings

from tests.unit.retention.strategies import NOW, images, rules

EXPIRE, ARCHIVE, KEEP = Action.EXPIRE, Action.ARCHIVE, Action.KEEP
BOUNDED = settings(max_examples=200, deadline=None)


def simulated(wanted, repository):
    return {decision.image.digest: decision.action for decision in simulate(wanted, repository, NOW)}


def compiled(compiler, *wanted):
    problems = []
    result = compiler(wanted, problems)
    assert problems == []
    return result


def refused(compiler, *wanted):
    problems = []
    compiler(wanted, problems)
    return [(problem.path, problem.message) for problem in problems]


@BOUNDED
@given(rules(), images())
def test_ecr_takes_nothing_that_the_rules_keep(wanted, repository):
    problems = []
    policy = lifecycle_policy(wanted, problems)
    assume(not problems)
    expected = simulated(wanted, repository)
    for digest, action in lifecycle_outcome(policy, repository, NOW).items():
        assert action in (KEEP, expected[digest])


@BOUNDED
@given(rules(), images())
def test_ecr_does_exactly_what_a_rule_alone_says(wanted, repository):
    for rule in wanted:
        problems = []
        policy = lifecycle_policy([rule], problems)
        if not problems and len(rule.tags) < 2:
            assert lifecycle_outcome(policy, repository, NOW) == simulated([rule], repository)


@BOUNDED
@given(rules(), images())
def test_google_does_exactly_what_the_rules_say(wanted, repository):
    problems = []
    policies = cleanup_policies(wanted, problems)
    assume(not problems)
    assert cleanup_outcome(policies, repository, NOW) == simulated(wanted, repository)


@BOUNDED
@given(rules())
def test_a_lifecycle_policy_is_what_ecr_accepts(wanted):
    problems = []
    text = lifecycle_policy(wanted, problems)
    assume(not problems and text)
    found = json.loads(text)["rules"]
    assert 100 <= len(text) <= 30_720
    assert "null" not in text
    assert [rule["rulePriority"] for rule in found] == list(range(1, len(found) + 1))
    statuses = [rule["selection"]["tagStatus"] for rule in found]
    assert "any" not in statuses[:-1]
    for rule in found:
        selection = rule["selection"]
        assert (selection["tagStatus"] == "tagged") == ("tagPatternList" in selection)
        assert ("countUnit" in selection) == selection["countType"].startswith("since")
        transition = rule["action"]["type"] == "transition"
        assert transition == (rule["action"].get("targetStorageClass") == "archive")


def test_the_usual_settings_as_ecr_has_them():
    usual = read_retention({"untagged_days": 14.0, "keep_last": 30, "keep_tags": ["v*"]}, [])
    assert json.loads(compiled(lifecycle_policy, *usual)) == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "keep-tags",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["v*"],
                    "countType": "imageCountMoreThan",
                    "countNumber": 2147483647,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": "untagged",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 14,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 3,
                "description": "keep-last",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["*"],
                    "countType": "imageCountMoreThan",
                    "countNumber": 30,
                },
                "action": {"type": "expire"},
            },
        ]
    }


def test_an_archive_rule_is_a_transition():
    policy = json.loads(compiled(lifecycle_policy, Rule("cold", ARCHIVE, ("*",), not_pulled_days=90)))
    assert policy["rules"][0]["action"] == {"type": "transition", "targetStorageClass": "archive"}
    assert policy["rules"][0]["selection"]["countType"] == "sinceImagePulled"


def test_no_rules_are_no_policy():
    assert compiled(lifecycle_policy) == ""
    assert compiled(cleanup_policies) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([Rule("a", KEEP, ("v*",), keep_last=3)], "ECR protects images by their tags alone"),
        ([Rule("a", KEEP)], "ECR cannot keep any image and let others expire"),
        (
            [Rule("a", EXPIRE, ("v*",), older_than_days=1, keep_last=3)],
            "ECR takes one of older_than_days, not_pulled_days and keep_last in a rule",
        ),
        ([Rule("a", ARCHIVE, older_than_days=1)], "would hide images from rules that expire them"),
        ([Rule("a", EXPIRE, ("v*", "w*"), keep_last=3)], "ECR counts for each pattern by itself"),
        (
            [Rule("a", EXPIRE, ("*a*b*c*d*",), older_than_days=1)],
            "ECR takes 4 wildcards in a pattern: '*a*b*c*d*'",
        ),
    ],
)
def test_what_ecr_cannot_keep_is_refused(wanted, message):
    assert refused(lifecycle_policy, *wanted) == [("retention/rules/a", message)]


def test_ecr_takes_one_rule_for_any_image_and_a_limited_text():
    two = [Rule("a", EXPIRE, keep_last=3), Rule("b", EXPIRE, older_than_days=3)]
    assert refused(lifecycle_policy, *two) == [("retention", "has several rules without tags")]
    many = [Rule(f"a{n}", EXPIRE, (f"{'x' * 120}{n}*",), older_than_days=3) for n in range(200)]
    ((path, message),) = refused(lifecycle_policy, *many)
    assert path == "retention"
    assert message.endswith("characters, ECR takes 30720")


def test_the_policies_as_google_has_them():
    wanted = read_retention(
        {"keep_tags": ["v*"], "rules": {"old": {"tags": ["*"], "older_than_days": 90}}}, []
    )
    assert compiled(cleanup_policies, *wanted) == [
        {"id": "keep-tags", "action": "KEEP", "condition": {"tag_state": "TAGGED", "tag_prefixes": ["v"]}},
        {"id": "old", "action": "DELETE", "condition": {"tag_state": "TAGGED", "older_than": "7776000s"}},
        {
            "id": "untagged",
            "action": "DELETE",
            "condition": {"tag_state": "UNTAGGED", "older_than": "1209600s"},
        },
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("a", ARCHIVE, older_than_days=1), "Artifact Registry has no archive"),
        (
            Rule("a", EXPIRE, not_pulled_days=1),
            "Artifact Registry's cleanup does not know when images were pulled",
        ),
        (
            Rule("a", EXPIRE, ("*",), keep_last=1),
            "Artifact Registry counts images without tags too, so tagged ones would go",
        ),
        (Rule("a", KEEP, ("v1",)), "Artifact Registry knows beginnings of tags only: 'v1'"),
        (Rule("a", KEEP, ("*-rc",)), "Artifact Registry knows beginnings of tags only: '*-rc'"),
    ],
)
def test_what_google_cannot_keep_is_refused(rule, message):
    assert refused(cleanup_policies, rule) == [("retention/rules/a", message)]


def test_google_takes_ten_policies():
    many = [Rule(f"a{n}", EXPIRE, older_than_days=3) for n in range(11)]
    assert refused(cleanup_policies, *many) == [
        ("retention", "makes 11 policies, Artifact Registry takes 10")
    ]


def test_a_rule_of_better_priority_hides_its_images_from_later_ones():
    """ECR's evaluator in one example: what `v*` selects, the rule for every tag cannot take, though it counts it."""
    rules_ = [Rule("keep", KEEP, ("v*",)), Rule("last", EXPIRE, ("*",), keep_last=1)]
    newest = [
        Image(f"sha256:{n}", (tag,), NOW - timedelta(days=n)) for n, tag in enumerate(("v2", "v1", "dev"))
    ]
    outcome = lifecycle_outcome(compiled(lifecycle_policy, *rules_), newest, NOW)
    assert outcome == {"sha256:0": KEEP, "sha256:1": KEEP, "sha256:2": EXPIRE}
