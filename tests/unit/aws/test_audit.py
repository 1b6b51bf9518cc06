"""Events of a registry: which of them reach the target, and what the target must allow."""

import json

import pytest

from tests.unit.aws.conftest import ACCOUNT, REGION

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:events"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/registry"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/x"
EVERYTHING = {
    "push": ("aws.ecr", "ECR Image Action", {"action-type": "PUSH", "result": "SUCCESS"}),
    "import": ("aws.ecr", "ECR Pull Through Cache Action", {"sync-status": "FAILED"}),
    "replica": ("aws.ecr", "ECR Replication Action", {"result": "FAILED"}),
    "deleted": (
        "aws.ecr",
        "AWS API Call via CloudTrail",
        {"eventName": "DeleteRepository", "readOnly": False},
    ),
    "listed": ("aws.ecr", "AWS API Call via CloudTrail", {"eventName": "ListImages", "readOnly": True}),
    "layer": ("aws.ecr", "AWS API Call via CloudTrail", {"eventName": "UploadLayerPart", "readOnly": False}),
    "scan-high": ("aws.ecr", "ECR Image Scan", {"finding-severity-counts": {"HIGH": 3, "LOW": 9}}),
    "scan-low": ("aws.ecr", "ECR Image Scan", {"finding-severity-counts": {"LOW": 9}}),
    "finding": (
        "aws.inspector2",
        "Inspector2 Finding",
        {"severity": "CRITICAL", "resources": [{"type": "AWS_ECR_CONTAINER_IMAGE"}]},
    ),
    "finding-low": (
        "aws.inspector2",
        "Inspector2 Finding",
        {"severity": "LOW", "resources": [{"type": "AWS_ECR_CONTAINER_IMAGE"}]},
    ),
    "finding-of-a-machine": (
        "aws.inspector2",
        "Inspector2 Finding",
        {"severity": "CRITICAL", "resources": [{"type": "AWS_EC2_INSTANCE"}]},
    ),
    "other": ("aws.ec2", "EC2 Instance State-change Notification", {"state": "running"}),
}


def fits(pattern, value):
    """Whether a value fits a pattern, as "Creating Amazon EventBridge event patterns" has it; for what our patterns use."""
    if isinstance(pattern, dict):
        branches = pattern.get("$or")
        rest = {key: entry for key, entry in pattern.items() if key != "$or"}
        if isinstance(value, list):
            return any(fits(pattern, one) for one in value)
        own = all(isinstance(value, dict) and fits(entry, value.get(key)) for key, entry in rest.items())
        return own and (branches is None or any(fits(branch, value) for branch in branches))
    return any(_one(candidate, value) for candidate in pattern)


def _one(candidate, value):
    if not isinstance(candidate, dict):
        return candidate == value
    ((operator, wanted),) = candidate.items()
    if operator == "anything-but":
        return value is not None and value not in wanted
    assert (operator, wanted) == ("numeric", [">", 0])
    return isinstance(value, int) and value > 0


def sent(setup, **args):
    """Names of the events that reach the target."""
    patterns = [json.loads(rule["eventPattern"]) for rule in setup(**args).of("EventRule").values()]
    found = set()
    for name, (source, kind, detail) in EVERYTHING.items():
        calls = {"eventSource": "ecr.amazonaws.com"} if "API Call" in kind else {}
        event = {"source": source, "detail-type": kind, "detail": {**detail, **calls}}
        found |= {name for pattern in patterns if fits(pattern, event)}
    return found


IMAGES, CALLS = {"push", "import", "replica"}, {"deleted"}


def test_both_kinds_of_findings_are_sent_where_the_kind_of_scans_is_not_known(setup):
    assert sent(setup, audit={"target_arn": QUEUE}) == IMAGES | CALLS | {"scan-high", "finding"}


@pytest.mark.parametrize(("kind", "expected"), [("basic", {"scan-high"}), ("enhanced", {"finding"})])
def test_findings_of_the_registry_s_own_scanner_are_sent(setup, kind, expected):
    audit = {"target_arn": QUEUE, "image_actions": False, "api_calls": False}
    assert sent(setup, audit=audit, scanning={"type": kind}) == expected


def test_severities_are_chosen(setup):
    audit = {"target_arn": QUEUE, "image_actions": False, "api_calls": False}
    every = {"scan-high", "scan-low", "finding", "finding-low"}
    assert sent(setup, audit={**audit, "scan_findings": ["LOW", "CRITICAL", "HIGH"]}) == every
    assert sent(setup, audit={"target_arn": QUEUE, "scan_findings": []}) == IMAGES | CALLS


def test_inspector_s_word_for_findings_without_a_severity(setup):
    made = setup(
        audit={"target_arn": QUEUE, "scan_findings": ["UNDEFINED"], "image_actions": False},
        scanning={"type": "enhanced"},
    )
    pattern = json.loads(made.of("EventRule")["images-findings"]["eventPattern"])
    assert pattern["detail"]["severity"] == ["UNTRIAGED"]


def test_a_rule_and_its_target(setup):
    found = setup(
        audit={"target_arn": TOPIC, "api_calls": False, "scan_findings": []},
        tags={"team": "x"},
    )
    rule, target = found.one("EventRule"), found.one("EventTarget")
    assert {key: rule[key] for key in ("description", "tags")} == {
        "description": "images of the container registry",
        "tags": {"team": "x"},
    }
    assert target == {"rule": "x", "arn": TOPIC}


def test_the_target_has_no_role(setup):
    """With one, events to encrypted topics and queues may be lost."""
    assert all(
        "roleArn" not in target for target in setup(audit={"target_arn": QUEUE}).of("EventTarget").values()
    )


def test_the_policy_that_the_target_needs(setup):
    queue = json.loads(setup.output("audit_policy", audit={"target_arn": QUEUE}))
    assert queue["Statement"] == [
        {
            "Sid": "RegistryEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["sqs:SendMessage"],
            "Resource": [QUEUE],
            "Condition": {"ArnEquals": {"aws:SourceArn": [RULE] * 4}},
        }
    ]
    (topic,) = json.loads(setup.output("audit_policy", audit={"target_arn": TOPIC}))["Statement"]
    assert (topic["Action"], "Condition" in topic) == (["sns:Publish"], False)
    streams, events = json.loads(setup.output("audit_policy", audit={"target_arn": LOGS}))["Statement"]
    writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    assert streams["Principal"] == events["Principal"] == writers
    assert streams["Resource"] == events["Resource"] == [f"{LOGS}:*"]
    assert setup.output("audit_policy") == ""


@pytest.mark.parametrize(
    ("audit", "expected"),
    [
        ({}, "audit/target_arn: is missing"),
        ({"target_arn": f"arn:aws:s3:::{ACCOUNT}"}, "audit/target_arn: is not such a target"),
        ({"target_arn": QUEUE.replace(REGION, "us-east-1")}, "audit/target_arn: is in us-east-1"),
        ({"target_arn": f"{QUEUE}.fifo"}, "audit/target_arn: is first-in-first-out"),
        ({"target_arn": f"{LOGS}:*"}, "audit/target_arn: is no log group that EventBridge writes to"),
        (
            {"target_arn": LOGS.replace("/aws/events/", "/")},
            "audit/target_arn: is no log group that EventBridge writes to",
        ),
        ({"target_arn": QUEUE, "scan_findings": ["high"]}, "audit/scan_findings/0: must be one of CRITICAL"),
        (
            {"target_arn": QUEUE, "image_actions": False, "api_calls": False, "scan_findings": []},
            "audit: sends nothing",
        ),
    ],
)
def test_it_is_named(setup, audit, expected):
    assert f"  {expected}" in setup.refusal(region=REGION, audit=audit)
