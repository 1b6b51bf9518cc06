"""What a program registers, held to AWS's own schemas and policy grammar by cfn-lint."""

import json
from typing import Any

from tests.support.recorder import Recorded

REGION = "eu-central-1"
TYPES = {
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "AWS::ECR::PullThroughCacheRule",
    "aws:ecr/pullTimeUpdateExclusion:PullTimeUpdateExclusion": "AWS::ECR::PullTimeUpdateExclusion",
    "aws:ecr/registryPolicy:RegistryPolicy": "AWS::ECR::RegistryPolicy",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": "AWS::ECR::RegistryScanningConfiguration",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": "AWS::ECR::ReplicationConfiguration",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "AWS::ECR::RepositoryCreationTemplate",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "AWS::ECR::Repository",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": "AWS::ECR::PublicRepository",
    "aws:iam/role:Role": "AWS::IAM::Role",
    "aws:iam/rolePolicy:RolePolicy": "AWS::IAM::RolePolicy",
    "aws:kms/key:Key": "AWS::KMS::Key",
}
RENAMED = {
    "appliedFors": "AppliedFor",
    "assumeRolePolicy": "AssumeRolePolicyDocument",
    "deletionWindowInDays": "PendingWindowInDays",
    "role": "RoleName",
}
EXCLUSIONS = "ImageTagMutabilityExclusionFilters"
POLICY = {
    "AWS::ECR::RegistryPolicy": "PolicyText",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::ECR::PublicRepository": "RepositoryPolicyText",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::IAM::RolePolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
}
DOCUMENTS = {"PolicyText", "RepositoryPolicyText", "PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"}


def findings(recorded: Recorded) -> set[str]:
    """Errors and warnings, as `resource: rule: text`; each region by itself. Raises AssertionError where nothing has a schema."""
    regions: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(recorded.registered):
        if item.typ in TYPES:
            kind = TYPES[item.typ]
            properties = _properties(kind, item.inputs)
            resources = regions.setdefault(item.inputs.get("region", ""), {})
            resources[f"R{number}"] = {"Type": kind, "Properties": properties}
            resources |= _policy_alone(f"P{number}", properties)
    assert regions
    return {found for region, resources in regions.items() for found in lint(resources, region or REGION)}


def _policy_alone(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The linter does not read the policies of registries and templates: here their actions and resources are those of a managed
    policy, and their principals those of a repository's.
    """
    if "PolicyText" in properties:
        document = properties["PolicyText"]
        managed = {"PolicyDocument": _without("Principal", document)}
        repository = {"RepositoryPolicyText": _without("Resource", document)}
        return {
            name: {"Type": "AWS::IAM::ManagedPolicy", "Properties": managed},
            f"{name}R": {"Type": "AWS::ECR::Repository", "Properties": repository},
        }
    if "RepositoryPolicy" in properties:
        repository = {"RepositoryPolicyText": json.loads(properties["RepositoryPolicy"])}
        return {name: {"Type": "AWS::ECR::Repository", "Properties": repository}}
    return {}


def _without(key: str, document: dict[str, Any]) -> dict[str, Any]:
    statements = [
        {name: value for name, value in statement.items() if name != key}
        for statement in document["Statement"]
    ]
    return {**document, "Statement": statements}


def lint(resources: dict[str, Any], region: str = REGION) -> set[str]:
    """The same for resources as CloudFormation spells them."""
    from cfnlint.api import lint as found_by
    from cfnlint.config import ManualArgs

    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    kinds = {name: resource["Type"] for name, resource in resources.items()}
    found = set()
    for match in found_by(json.dumps(template), config=ManualArgs(regions=[region])):
        if match.rule.id[0] in "EW":
            place = [kinds.get(str(part), str(part)) for part in (match.path or [])[1:]]
            found.add(f"{'/'.join(place)}: {match.rule.id}: {match.message}")
    return found


def _properties(kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for key, value in inputs.items():
        if key == "region":
            continue
        name = POLICY[kind] if key == "policy" else RENAMED.get(key, key[0].upper() + key[1:])
        if key in ("tags", "resourceTags"):
            value = [{"Key": tag, "Value": text} for tag, text in value.items()]
        elif key == "encryptionConfigurations":
            name, value = "EncryptionConfiguration", value[0]
        elif name == EXCLUSIONS:
            value = [
                {f"{name[:-1]}Type": one["filterType"], f"{name[:-1]}Value": one["filter"]} for one in value
            ]
        found[name] = json.loads(value) if name in DOCUMENTS else _pascal(value)
    if kind == "AWS::IAM::RolePolicy":
        found["PolicyName"] = "x"
    for name in ("Repository", "RepositoryName") if kind == "AWS::ECR::Repository" else ():
        found.pop(name, None)
    return found


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(entry) for key, entry in value.items()}
    return [_pascal(entry) for entry in value] if isinstance(value, list) else value
