"""The settings of a whole registry, and a registry with a key of its own, come up against moto."""

import json

import pytest

from tests.support.aws_settings import validate

PROGRAM = """
import json
import pathlib
from dockyard import EcrRegistry, EcrRegistrySettings
import pulumi

args = json.loads(pathlib.Path("args.json").read_text())
settings = EcrRegistrySettings("registry", args["settings"])
for name in ("host", "caches", "registry_policy", "template_role_arn", "audit_policy"):
    pulumi.export(name, getattr(settings, name))
EcrRegistry("images", args["images"])
"""
ACCOUNT, REGION = "123456789012", "eu-central-1"
TOKEN = "dckr_pat_of_the_test"
SCANNER = f"arn:aws:iam::{ACCOUNT}:role/scanner"
TARGET = f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"
SETTINGS = {
    "scanning": {"type": "enhanced", "scan_on_push": ["*"], "continuous_scan": ["prod-*"]},
    "replication": {
        "dr": {
            "destinations": [{"region": "eu-west-1"}],
            "prefixes": ["prod/"],
            "replica": {"pull": ["111122223333"], "tags": {"team": "x"}, "mutable_tags": ["latest"]},
        }
    },
    "replicate_from": ["210987654321"],
    "creation_templates": {"hub": {"applied_for": ["pull-through-cache"]}},
    "pull_through_cache": {
        "hub": {
            "upstream": "docker-hub",
            "username": "acme",
            "access_token": TOKEN,
            "pull": ["111122223333"],
        },
        "quay": {"upstream": "quay"},
    },
    "native_basic_scanning": True,
    "blob_mounting": True,
    "registry_policy_v2": True,
    "pull_time_exclusions": [SCANNER],
    "audit": {"target_arn": TARGET},
    "tags": {"team": "x"},
}
ARGS = {
    "settings": SETTINGS,
    "images": {"repositories": {"api": {}}, "kms_key": {}, "deletion": "empty"},
}


def check_registry(cloud):
    """What moto has of a registry's settings, read back."""
    ecr = cloud.client("ecr")
    scanning = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert scanning["scanType"] == "ENHANCED"
    assert [rule["scanFrequency"] for rule in scanning["rules"]] == ["SCAN_ON_PUSH", "CONTINUOUS_SCAN"]
    (rule,) = ecr.describe_registry()["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": "eu-west-1", "registryId": ACCOUNT}]
    assert rule["repositoryFilters"] == [{"filter": "prod/", "filterType": "PREFIX_MATCH"}]
    policy = json.loads(ecr.get_registry_policy()["policyText"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Replicate", "Cache1"]


def check_requests(cloud):
    """What moto lacks: the requests fit the service's model, which the provider has checked."""
    assert set(cloud.kept) == {
        ("cache", "hub"),
        ("cache", "quay"),
        ("template", "/hub"),
        ("template", "eu-west-1/prod"),
        ("account_setting", "BASIC_SCAN_TYPE_VERSION"),
        ("account_setting", "BLOB_MOUNTING"),
        ("account_setting", "REGISTRY_POLICY_SCOPE"),
        ("exclusion", SCANNER),
    }
    (secret,) = cloud.client("secretsmanager").list_secrets()["SecretList"]
    assert secret["Name"].startswith("ecr-pullthroughcache/hub-")
    assert cloud.kept["cache", "hub"]["credentialArn"] == secret["ARN"]
    value = cloud.client("secretsmanager").get_secret_value(SecretId=secret["ARN"])["SecretString"]
    assert json.loads(value) == {"username": "acme", "accessToken": TOKEN}


def check_roles_and_events(cloud, outputs):
    iam, events = cloud.client("iam"), cloud.client("events")
    (role,) = iam.list_roles()["Roles"]
    assert role["Arn"] == outputs["template_role_arn"]
    assert cloud.kept["template", "eu-west-1/prod"]["customRoleArn"] == role["Arn"]
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="images")["PolicyDocument"]
    arn = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/prod/*"
    assert {text for statement in policy["Statement"] for text in statement["Resource"]} == {arn}
    rules = [one for one in events.list_rules()["Rules"] if one["Name"].startswith("rule-")]
    assert len(rules) == 3
    sources = json.loads(outputs["audit_policy"])["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert sources == sorted(rule["Arn"] for rule in rules)
    targets = events.list_targets_by_rule(Rule=rules[0]["Name"])["Targets"]
    assert [target["Arn"] for target in targets] == [TARGET]


def check_key(cloud):
    kms, ecr = cloud.client("kms"), cloud.client("ecr")
    (repository,) = ecr.describe_repositories()["repositories"]
    arn = repository["encryptionConfiguration"]["kmsKey"]
    assert kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]
    policy = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Administer", "UseByEcr"]
    return arn


@pytest.mark.timeout(900)
def test_the_settings_come_up_stay_change_and_go(cloud, run):
    found = cloud[0]
    made = run("up", ARGS, "--yes")
    assert made["outputs"]["host"] == f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert made["outputs"]["caches"]["hub"] == f"{made['outputs']['host']}/hub"
    check_registry(found)
    check_requests(found)
    check_roles_and_events(found, made["outputs"])
    key = check_key(found)
    assert TOKEN not in json.dumps(made)
    states = [path.read_text() for path in (run.folder / ".state").rglob("*") if path.is_file()]
    assert states
    assert not [text for text in states if TOKEN in text]

    assert set(run("up", ARGS, "--yes")["changes"]) == {"same"}

    changed = {**ARGS, "settings": {"scanning": {}, "replicate_from": ["111122223333"]}}
    done = run("up", changed, "--yes")
    assert done["changes"]["update"] >= 2
    ecr = found.client("ecr")
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["scanType"] == "BASIC"
    assert "111122223333" in ecr.get_registry_policy()["policyText"]
    assert ecr.describe_registry()["replicationConfiguration"]["rules"] == []
    assert found.kept == {}
    assert set(run("up", changed, "--yes")["changes"]) == {"same"}

    run("destroy", changed, "--yes")
    assert ecr.describe_repositories()["repositories"] == []
    assert found.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert found.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"ecrRepositoryPrefix": "q"}, "ecrRepositoryPrefix: 1 characters"),
        ({"ecrRepositoryPrefix": "Quay"}, "ecrRepositoryPrefix: Quay is not"),
        ({"credentialArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:quay-login"}, "credentialArn"),
        ({"upstream_registry": "quay"}, "upstream_registry"),
        ({"upstreamRegistry": "hub"}, "upstreamRegistry: hub"),
    ],
)
def test_a_request_that_does_not_fit_the_service_s_model_is_noticed(change, what):
    """What moto lacks is held to this."""
    request = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
    validate("ecr", "CreatePullThroughCacheRule", request)
    with pytest.raises(AssertionError, match=what):
        validate("ecr", "CreatePullThroughCacheRule", {**request, **change})
