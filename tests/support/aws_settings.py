"""What the test's provider does for a whole registry: boto3 against moto, and for what moto lacks the model of the service itself.

moto has no pull-through caches, creation templates, account settings, pull-time exclusions of ECR and no ECR Public: their requests
are held to botocore's model, patterns and lengths included, and kept in memory.
"""

import json
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3

Properties = dict[str, Any]
KINDS = {
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": "scanning",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": "replication",
    "aws:ecr/registryPolicy:RegistryPolicy": "registry_policy",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "cache",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "template",
    "aws:ecr/accountSetting:AccountSetting": "account_setting",
    "aws:ecr/pullTimeUpdateExclusion:PullTimeUpdateExclusion": "exclusion",
    "aws:secretsmanager/secret:Secret": "secret",
    "aws:secretsmanager/secretVersion:SecretVersion": "secret_version",
    "aws:cloudwatch/eventRule:EventRule": "event_rule",
    "aws:cloudwatch/eventTarget:EventTarget": "event_target",
    "aws:kms/key:Key": "key",
}
_MAKING = threading.Lock()


def client(service: str, **options: Any) -> Any:
    """Clients may be used by several threads; boto3 makes them for one at a time."""
    with _MAKING:
        return boto3.client(service, **options)


def validate(service: str, operation: str, request: Properties) -> None:
    """Raises AssertionError where the request does not fit the operation's model."""
    model = client(service, region_name="eu-central-1").meta.service_model
    _validate(model.operation_model(operation).input_shape, request, operation)


def _validate(shape: Any, value: Any, path: str) -> None:
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), f"{path}: {set(value) - set(shape.members)}"
        assert set(shape.required_members) <= set(value), f"{path}: {shape.required_members}"
        for key, entry in value.items():
            _validate(shape.members[key], entry, f"{path}.{key}")
    elif shape.type_name == "list":
        for entry in value:
            _validate(shape.member, entry, f"{path}[]")
        assert _within(shape, len(value)), f"{path}: {len(value)} entries"
    elif shape.type_name == "string":
        assert not shape.enum or value in shape.enum, f"{path}: {value}"
        assert _within(shape, len(value)), f"{path}: {len(value)} characters"
        pattern = shape.metadata.get("pattern")
        assert not pattern or re.fullmatch(pattern, value), f"{path}: {value} is not {pattern}"


def _within(shape: Any, count: int) -> bool:
    return shape.metadata.get("min", 0) <= count <= shape.metadata.get("max", count)


class RegistryCloud:
    """Each method applies one type's inputs and gives id and outputs. `kept` is what moto has no room for: kind and id to the request."""

    client: Callable[[str], Any]
    kept: dict[tuple[str, str], Properties]

    def scanning(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        self.client("ecr").put_registry_scanning_configuration(
            scanType=inputs["scanType"], rules=inputs["rules"]
        )
        return "123456789012", {}

    def replication(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        configuration = inputs["replicationConfiguration"]
        self.client("ecr").put_replication_configuration(replicationConfiguration=configuration)
        return "123456789012", {}

    def registry_policy(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        """moto refuses the one action of caches, which ECR takes ("Private registry permissions in Amazon ECR"): it gets the others."""
        policy = json.loads(inputs["policy"])
        for statement in policy["Statement"]:
            statement["Action"] = [
                one for one in statement["Action"] if one != "ecr:BatchImportUpstreamImage"
            ]
        self.client("ecr").put_registry_policy(policyText=json.dumps(policy))
        return "123456789012", {}

    def _keep(self, kind: str, operation: str, id_: str, request: Properties) -> tuple[str, Properties]:
        validate("ecr", operation, request)
        self.kept[kind, id_] = request
        return id_, {}

    def cache(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        request = {key: value for key, value in inputs.items() if key != "region"}
        return self._keep("cache", "CreatePullThroughCacheRule", inputs["ecrRepositoryPrefix"], request)

    def template(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        renamed = {"appliedFors": "appliedFor"}
        request = {renamed.get(key, key): value for key, value in inputs.items() if key != "region"}
        request["encryptionConfiguration"] = request.pop("encryptionConfigurations")[0]
        tags = request.get("resourceTags")
        if tags:
            request["resourceTags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        filters = request.get("imageTagMutabilityExclusionFilters", [])
        assert all(set(one) == {"filter", "filterType"} for one in filters)
        id_ = f"{inputs.get('region', '')}/{inputs['prefix']}"
        return self._keep("template", "CreateRepositoryCreationTemplate", id_, request)

    def account_setting(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        request = {"name": inputs["name"], "value": inputs["value"]}
        return self._keep("account_setting", "PutAccountSetting", inputs["name"], request)

    def exclusion(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        request = {"principalArn": inputs["principalArn"]}
        return self._keep("exclusion", "RegisterPullTimeUpdateExclusion", inputs["principalArn"], request)

    def secret(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        if old is not None:
            return old["arn"], {"arn": old["arn"]}
        name = f"{inputs['namePrefix']}{uuid.uuid4().hex[:8]}"
        arn = self.client("secretsmanager").create_secret(Name=name)["ARN"]
        return arn, {"arn": arn}

    def secret_version(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        made = self.client("secretsmanager").put_secret_value(
            SecretId=inputs["secretId"], SecretString=inputs["secretString"]
        )
        return f"{made['ARN']}|{made['VersionId']}", {"secretArn": made["ARN"]}

    def event_rule(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        events = self.client("events")
        name = old["name"] if old else f"rule-{uuid.uuid4().hex[:8]}"
        arn = events.put_rule(Name=name, EventPattern=inputs["eventPattern"])["RuleArn"]
        return name, {"name": name, "arn": arn}

    def event_target(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        target = {"Id": "one", "Arn": inputs["arn"]}
        failed = self.client("events").put_targets(Rule=inputs["rule"], Targets=[target])["FailedEntryCount"]
        assert failed == 0
        return f"{inputs['rule']}-one", {}

    def key(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        kms = self.client("kms")
        if old is None:
            made = kms.create_key(Policy=inputs["policy"], Description=inputs["description"])["KeyMetadata"]
            id_, arn = made["KeyId"], made["Arn"]
        else:
            arn = old["arn"]
            id_ = arn.rpartition("/")[2]
            kms.put_key_policy(KeyId=id_, PolicyName="default", Policy=inputs["policy"])
        kms.enable_key_rotation(KeyId=id_, RotationPeriodInDays=int(inputs["rotationPeriodInDays"]))
        return id_, {"arn": arn}

    def removals(self, id_: str, state: Properties) -> dict[str, Callable[[], object]]:
        ecr, events = self.client("ecr"), self.client("events")
        basic: Properties = {"scanType": "BASIC", "rules": []}
        return {
            "scanning": lambda: ecr.put_registry_scanning_configuration(**basic),
            "replication": lambda: ecr.put_replication_configuration(replicationConfiguration={"rules": []}),
            "registry_policy": lambda: ecr.delete_registry_policy(),
            **{
                kind: lambda kind=kind: self.kept.pop((kind, id_))
                for kind in ("cache", "template", "account_setting", "exclusion")
            },
            "secret": lambda: self.client("secretsmanager").delete_secret(SecretId=id_),
            "secret_version": lambda: None,
            "event_rule": lambda: events.delete_rule(Name=id_),
            "event_target": lambda: events.remove_targets(Rule=state["rule"], Ids=["one"]),
            "key": lambda: self.client("kms").schedule_key_deletion(
                KeyId=id_, PendingWindowInDays=int(state["deletionWindowInDays"])
            ),
        }
