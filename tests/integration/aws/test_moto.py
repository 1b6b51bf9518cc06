"""The AWS registry comes up against moto, through a provider that is attached to the embedded engine."""

import json

import pytest

PROGRAM = """
import json
import pathlib
import pulumi
from dockyard import EcrRegistry

registry = EcrRegistry("images", json.loads(pathlib.Path("args.json").read_text()))
for name in ("host", "images", "username", "password", "ci"):
    pulumi.export(name, getattr(registry, name))
"""
ARGS = {
    "repositories": {"api": {}, "tools/ci": {"pull": ["111122223333"]}},
    "retention": {"untagged_days": 3, "keep_last": 30, "keep_tags": ["v*"]},
    "ci_trust": {
        "shop": {
            "github": {
                "repository": "acme/shop",
                "owner_id": "7",
                "repository_id": "42",
                "branches": ["main"],
            }
        }
    },
    "deletion": "empty",
    "tags": {"team": "platform"},
}


@pytest.mark.timeout(900)
def test_the_registry_comes_up_stays_changes_and_goes(cloud, run):
    ecr, iam = cloud[0].client("ecr"), cloud[0].client("iam")
    made = run("up", ARGS, "--yes")
    assert made["outputs"]["images"]["tools/ci"] == f"{made['outputs']['host']}/tools/ci"
    assert made["outputs"]["password"] != "token"

    found = {one["repositoryName"]: one for one in ecr.describe_repositories()["repositories"]}
    assert set(found) == {"api", "tools/ci"}
    assert {one["imageTagMutability"] for one in found.values()} == {"IMMUTABLE"}
    assert all(one["imageScanningConfiguration"]["scanOnPush"] for one in found.values())
    assert all(one["encryptionConfiguration"]["encryptionType"] == "AES256" for one in found.values())
    lifecycle = json.loads(ecr.get_lifecycle_policy(repositoryName="api")["lifecyclePolicyText"])
    assert [rule["rulePriority"] for rule in lifecycle["rules"]] == [1, 2, 3]
    policy = json.loads(ecr.get_repository_policy(repositoryName="tools/ci")["policyText"])
    assert policy["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::111122223333:root"]}

    (provider,) = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    (role,) = iam.list_roles()["Roles"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Federated": provider["Arn"]}
    granted = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="images")["PolicyDocument"]
    arns = sorted(one["repositoryArn"] for one in found.values())
    assert granted["Statement"][1]["Resource"] == arns

    again = run("up", ARGS, "--yes")
    assert set(again["changes"]) == {"same"}

    changed = {**ARGS, "immutable_tags": False, "repositories": {"api": {}}}
    done = run("up", changed, "--yes")
    assert done["changes"]["update"] >= 2
    (left,) = ecr.describe_repositories()["repositories"]
    assert (left["repositoryName"], left["imageTagMutability"]) == ("api", "MUTABLE")
    assert set(run("up", changed, "--yes")["changes"]) == {"same"}

    run("destroy", changed, "--yes")
    assert ecr.describe_repositories()["repositories"] == []
    assert iam.list_roles()["Roles"] == []
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
