"""EcrRegistrySettings as the engine sees it: what it registers, exactly."""

import json

import pulumi
import pytest
from dockyard.aws.ecr_settings import EcrRegistrySettings
from dockyard.run_error import ArgsError
from pulumi.runtime.rpc import is_rpc_secret

from tests.unit.aws.conftest import ACCOUNT, PLACE, REGION

ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"
IDENTITY = "aws:index/getCallerIdentity:getCallerIdentity"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/puller"


def test_without_arguments_nothing_is_set(setup):
    assert setup().names() == {("EcrRegistrySettings", "images")}


def test_scanning_is_one_rule_for_each_frequency(setup):
    found = setup(scanning={"type": "enhanced", "scan_on_push": ["*"], "continuous_scan": ["prod-*", "base"]})
    assert found.one("RegistryScanningConfiguration") == {
        "scanType": "ENHANCED",
        "rules": [
            {
                "scanFrequency": "SCAN_ON_PUSH",
                "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
            },
            {
                "scanFrequency": "CONTINUOUS_SCAN",
                "repositoryFilters": [
                    {"filter": "base", "filterType": "WILDCARD"},
                    {"filter": "prod-*", "filterType": "WILDCARD"},
                ],
            },
        ],
    }
    assert setup(scanning={}).one("RegistryScanningConfiguration")["rules"] == [
        {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}
    ]


def test_account_settings_and_exclusions(setup):
    scanner = f"arn:aws:iam::{ACCOUNT}:role/scanner"
    found = setup(
        native_basic_scanning=True,
        registry_policy_v2=True,
        blob_mounting=False,
        pull_time_exclusions=[scanner],
        region="us-east-1",
    )
    assert found.of("AccountSetting") == {
        "images-basic-scan-type-version": {
            "name": "BASIC_SCAN_TYPE_VERSION",
            "value": "AWS_NATIVE",
            "region": "us-east-1",
        },
        "images-blob-mounting": {"name": "BLOB_MOUNTING", "value": "DISABLED", "region": "us-east-1"},
        "images-registry-policy-scope": {
            "name": "REGISTRY_POLICY_SCOPE",
            "value": "V2",
            "region": "us-east-1",
        },
    }
    assert found.of("PullTimeUpdateExclusion") == {
        f"images-exclusion-{ACCOUNT}:role/scanner": {"principalArn": scanner, "region": "us-east-1"}
    }


def test_caches_with_and_without_a_login(setup):
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/ghcr-AbCdEf"
    found = setup(
        pull_through_cache={
            "quay": {"upstream": "quay"},
            "ghcr": {"upstream": "ghcr", "credential_arn": arn},
            "ROOT": {
                "upstream": "ecr",
                "url": "210987654321.dkr.ecr.eu-west-1.amazonaws.com",
                "upstream_prefix": "prod",
                "role_arn": ROLE,
            },
        }
    )
    assert found.of("PullThroughCacheRule") == {
        "images-cache-quay": {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"},
        "images-cache-ghcr": {
            "ecrRepositoryPrefix": "ghcr",
            "upstreamRegistryUrl": "ghcr.io",
            "credentialArn": arn,
        },
        "images-cache-ROOT": {
            "ecrRepositoryPrefix": "ROOT",
            "upstreamRegistryUrl": "210987654321.dkr.ecr.eu-west-1.amazonaws.com",
            "upstreamRepositoryPrefix": "prod",
            "customRoleArn": ROLE,
        },
    }
    assert found.of("Secret") == {}


def test_a_login_becomes_a_secret_of_the_name_that_ecr_asks_for(setup):
    hub = {"upstream": "docker-hub", "username": "acme", "access_token": "dckr_pat_1"}
    found = setup(pull_through_cache={"hub": hub}, tags={"team": "x"})
    secret, version = found.one("Secret"), found.one("SecretVersion")
    assert secret["namePrefix"] == "ecr-pullthroughcache/hub-"
    assert secret["tags"] == {"team": "x"}
    assert is_rpc_secret(version["secretString"])
    assert json.loads(version["secretString"]["value"]) == {"username": "acme", "accessToken": "dckr_pat_1"}
    assert found.one("PullThroughCacheRule")["credentialArn"].endswith("secret:ecr-pullthroughcache/x")
    recorded = found.one("EcrRegistrySettings")["pull_through_cache"]
    assert is_rpc_secret(recorded) or is_rpc_secret(recorded["hub"]["access_token"])


def test_the_registry_s_policy_names_who_replicates_and_who_pulls_first(setup):
    found = setup(
        replicate_from=["210987654321"],
        pull_through_cache={"quay": {"upstream": "quay", "pull": [ROLE, "111122223333"]}},
    )
    assert json.loads(found.one("RegistryPolicy")["policy"])["Statement"] == [
        {
            "Sid": "Replicate",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::210987654321:root"]},
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": [f"{ARN}/*"],
        },
        {
            "Sid": "Cache1",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root", ROLE]},
            "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            "Resource": [f"{ARN}/quay/*"],
        },
    ]
    assert setup(pull_through_cache={"quay": {"upstream": "quay"}}).of("RegistryPolicy") == {}


def test_accounts_in_china_are_of_its_partition(setup):
    identity = {**PLACE[IDENTITY], "arn": f"arn:aws-cn:iam::{ACCOUNT}:root"}
    setup.recorder.answers[IDENTITY] = identity
    policy = setup(region="cn-north-1", replicate_from=["210987654321"]).one("RegistryPolicy")["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws-cn:iam::210987654321:root"]}
    assert statement["Resource"] == [f"arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/*"]
    assert setup.output("host", region="cn-north-1").endswith(".cn-north-1.amazonaws.com.cn")


def test_everything_is_made_in_the_region_that_is_named(setup):
    found = setup(
        region="us-west-2",
        scanning={},
        replication={"a": {"destinations": [{"region": "eu-west-1"}]}},
        replicate_from=["210987654321"],
        creation_templates={"x1": {"applied_for": ["create-on-push"]}},
        pull_through_cache={"hub": {"upstream": "docker-hub", "username": "a", "access_token": "b"}},
        audit={"target_arn": f"arn:aws:sqs:us-west-2:{ACCOUNT}:events"},
    )
    regional = {
        item.name: item.inputs["region"]
        for item in found.registered
        if item.typ.startswith("aws:") and "/role:" not in item.typ
    }
    assert regional.pop("images-template-eu-west-1-ROOT") == "eu-west-1"
    assert set(regional.values()) == {"us-west-2"}
    assert f":us-west-2:{ACCOUNT}:repository/*" in found.one("RegistryPolicy")["policy"]


def test_the_order_of_arguments_changes_nothing(setup):
    places = [{"region": "eu-west-1"}, {"region": "us-east-1"}]
    one = setup(
        replication={"a": {"destinations": places, "prefixes": ["a/", "b/"]}, "b": {"destinations": places}},
        replicate_from=["111122223333", "210987654321"],
        scanning={"scan_on_push": ["a", "b"]},
    )
    other = setup(
        replicate_from=["210987654321", "111122223333"],
        scanning={"scan_on_push": ["b", "a"]},
        replication={
            "b": {"destinations": places[::-1]},
            "a": {"destinations": places[::-1], "prefixes": ["b/", "a/"]},
        },
    )
    for short in ("ReplicationConfiguration", "RegistryPolicy", "RegistryScanningConfiguration"):
        assert one.one(short) == other.one(short)


def test_the_outputs(setup):
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert setup.output("host") == host
    caches = {"quay": {"upstream": "quay"}, "ROOT": {"upstream": "ecr-public"}}
    assert setup.output("caches", pull_through_cache=caches) == {"quay": f"{host}/quay", "ROOT": host}
    assert setup.output("registry_policy") == ""
    assert setup.output("template_role_arn") == ""


def test_a_second_one_of_the_same_region_is_refused(setup):
    with pytest.raises(ArgsError, match="region: is set up by EcrRegistrySettings 'images' already"):
        setup(lambda _: EcrRegistrySettings("more", {"scanning": {}}).host)


def test_a_second_one_is_refused_where_only_the_provider_knows_its_region(setup):
    with pytest.raises(ArgsError, match="is set up by EcrRegistrySettings 'images' already"):
        setup(lambda made: pulumi.Output.all(made.host, EcrRegistrySettings("more", {"region": REGION}).host))


def test_a_second_one_of_the_same_name_but_another_parent_is_refused_too(setup):
    def more(made):
        other = EcrRegistrySettings("images", {}, pulumi.ResourceOptions(parent=made))
        return other.host

    with pytest.raises(ArgsError, match="is set up by EcrRegistrySettings 'images' already"):
        setup(more)


def test_a_second_one_of_another_region_is_not(setup):
    found = setup(lambda _: EcrRegistrySettings("more", {"region": "us-east-1"}).host)
    assert {("EcrRegistrySettings", "images"), ("EcrRegistrySettings", "more")} <= found.names()
