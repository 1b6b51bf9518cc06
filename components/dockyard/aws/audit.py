"""Events of a registry: their patterns, and what the target's own policy must allow.

Sources: Amazon ECR User Guide, "Amazon ECR events and EventBridge"; Amazon Inspector User Guide, "Amazon EventBridge event schema for
Amazon Inspector events"; Amazon EventBridge User Guide, "Using resource-based policies for Amazon EventBridge".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import read_matching
from dockyard.reader import Reader

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
DEFAULT_SEVERITIES = ("CRITICAL", "HIGH")
IMAGE_ACTIONS = ("ECR Image Action", "ECR Pull Through Cache Action", "ECR Replication Action")
UPLOADS = ("CompleteLayerUpload", "InitiateLayerUpload", "UploadLayerPart")
LOG_GROUP = "/aws/events/"
_TARGET = re.compile(r"arn:aws[a-z-]*:(sns|sqs|logs):([a-z0-9-]+):[0-9]{12}:(.+)")


@dataclass(frozen=True)
class Audit:
    """What is sent where; `target_arn` may be an Output."""

    target_arn: Any
    image_actions: bool
    api_calls: bool
    severities: tuple[str, ...]


def read_audit(reader: Reader, region: str) -> Audit | None:
    """What stands under `audit`. region: the registry's own, "" where it is not known."""
    if reader.get("audit") is None:
        return None
    entry = Reader(reader.get("audit"), reader.problems, reader.at("audit"))
    audit = Audit(
        target_arn=_target(entry, region),
        image_actions=entry.boolean("image_actions", True),
        api_calls=entry.boolean("api_calls", True),
        severities=_severities(entry),
    )
    entry.finish()
    if not (audit.image_actions or audit.api_calls or audit.severities):
        reader.problem("audit", "sends nothing", "leave it out")
    return audit


def _target(entry: Reader, region: str) -> Any:
    hint = "the ARN of an SNS topic, an SQS queue or a log group"
    if entry.values.get("target_arn") is None:
        entry.problem("target_arn", "is missing", hint)
    arn = read_matching(entry, "target_arn", _TARGET, "such a target", hint)
    found = _TARGET.fullmatch(arn) if isinstance(arn, str) else None
    if not found:
        return arn
    service, where, name = found.groups()
    if region and where != region:
        entry.problem("target_arn", f"is in {where}", f"EventBridge sends within {region}")
    if service == "logs" and (not name.startswith(f"log-group:{LOG_GROUP}") or name.endswith(":*")):
        entry.problem(
            "target_arn",
            f"is no log group that EventBridge writes to: {arn!r}",
            f"…:log-group:{LOG_GROUP}NAME",
        )
    if name.endswith(".fifo"):
        entry.problem(
            "target_arn", "is first-in-first-out, which needs a group for each message", "a standard one"
        )
    return arn


def _severities(entry: Reader) -> tuple[str, ...]:
    given = entry.texts("scan_findings", DEFAULT_SEVERITIES)
    for index, text in enumerate(given):
        if text not in SEVERITIES:
            entry.problem(f"scan_findings/{index}", f"must be one of {', '.join(SEVERITIES)}, got {text!r}")
    return tuple(severity for severity in SEVERITIES if severity in given)


def event_patterns(audit: Audit, scan_type: str) -> dict[str, dict[str, Any]]:
    """Pattern by the rule's name. scan_type: BASIC or ENHANCED; "" where the registry's is not known, so that both are listened to."""
    patterns: dict[str, dict[str, Any]] = {}
    if audit.image_actions:
        patterns["images"] = {"source": ["aws.ecr"], "detail-type": list(IMAGE_ACTIONS)}
    if audit.api_calls:
        patterns["calls"] = {
            "source": ["aws.ecr"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": ["ecr.amazonaws.com"],
                "eventName": [{"anything-but": list(UPLOADS)}],
                "readOnly": [False],
            },
        }
    if audit.severities and scan_type != "ENHANCED":
        patterns["scans"] = {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Scan"],
            "detail": {"$or": [_counted(severity) for severity in audit.severities]},
        }
    if audit.severities and scan_type != "BASIC":
        known = [severity.replace("UNDEFINED", "UNTRIAGED") for severity in audit.severities]
        patterns["findings"] = {
            "source": ["aws.inspector2"],
            "detail-type": ["Inspector2 Finding"],
            "detail": {"resources": {"type": ["AWS_ECR_CONTAINER_IMAGE"]}, "severity": known},
        }
    return patterns


def _counted(severity: str) -> dict[str, Any]:
    """A scan counts findings by severity; one without any such has no such key."""
    return {"finding-severity-counts": {severity: [{"numeric": [">", 0]}]}}


def target_statements(target_arn: str, rule_arns: Sequence[str]) -> list[dict[str, Any]]:
    """What the target's resource policy must allow, as the page on resource-based policies has it: a topic's without a condition.

    A queue or topic that a KMS key encrypts also needs `kms:Decrypt` and `kms:GenerateDataKey` for `events.amazonaws.com` in the key's
    policy.
    """
    service = target_arn.split(":")[2]
    events = {"Service": "events.amazonaws.com"}
    rules = {"Condition": {"ArnEquals": {"aws:SourceArn": sorted(rule_arns)}}}
    if service == "sns":
        return [_statement("RegistryEvents", events, "sns:Publish", target_arn)]
    if service == "sqs":
        return [{**_statement("RegistryEvents", events, "sqs:SendMessage", target_arn), **rules}]
    writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    streams = f"{target_arn}:*"
    return [
        _statement("RegistryStreams", writers, "logs:CreateLogStream", streams),
        {**_statement("RegistryEvents", writers, "logs:PutLogEvents", streams), **rules},
    ]


def _statement(sid: str, who: dict[str, Any], action: str, resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": [action], "Resource": [resource]}
