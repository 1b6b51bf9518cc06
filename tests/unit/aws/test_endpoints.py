"""EcrVpcEndpoints: what is registered, exactly, and what is refused."""

import importlib.util
import json

import pulumi
import pytest

from tests.support.cfn import findings
from tests.unit.aws.conftest import ACCOUNT, PLACE, REGION

ARN = f"arn:aws:ecr:{REGION}"


def test_it_registers_exactly_these_resources(endpoints):
    assert endpoints().names() == {
        ("EcrVpcEndpoints", "images"),
        ("SecurityGroup", "images"),
        ("SecurityGroupIngressRule", "images-vpc"),
        ("VpcEndpoint", "images-api"),
        ("VpcEndpoint", "images-dkr"),
        ("VpcEndpoint", "images-s3"),
    }


@pytest.mark.parametrize("kind", ["api", "dkr"])
def test_ecr_answers_under_its_usual_names_inside_the_vpc(endpoints, kind):
    endpoint = endpoints(tags={"team": "x"}).of("VpcEndpoint")[f"images-{kind}"]
    endpoint.pop("policy")
    assert endpoint == {
        "vpcId": "vpc-0a1b2c3d",
        "vpcEndpointType": "Interface",
        "serviceName": f"com.amazonaws.{REGION}.ecr.{kind}",
        "privateDnsEnabled": True,
        "subnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
        "securityGroupIds": ["images-id"],
        "tags": {"team": "x"},
    }


def test_the_gateway_lets_layers_through_and_nothing_else(endpoints):
    gateway = endpoints().of("VpcEndpoint")["images-s3"]
    assert json.loads(gateway.pop("policy"))["Statement"] == [
        {
            "Sid": "Layers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"],
        }
    ]
    assert gateway == {
        "vpcId": "vpc-0a1b2c3d",
        "vpcEndpointType": "Gateway",
        "serviceName": f"com.amazonaws.{REGION}.s3",
        "routeTableIds": ["rtb-0a1b2c3d"],
        "tags": {},
    }


def test_images_cannot_be_carried_to_another_account(endpoints):
    sign_in, images = json.loads(endpoints().of("VpcEndpoint")["images-dkr"]["policy"])["Statement"]
    own = {"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}
    assert sign_in["Condition"] == images["Condition"] == own
    assert sign_in["Action"] == ["ecr:GetAuthorizationToken"]
    assert images["Resource"] == [f"{ARN}:{ACCOUNT}:repository/*"]
    assert "ecr:PutImage" in images["Action"]


def test_pulling_alone_from_accounts_that_are_named(endpoints):
    found = endpoints(push=False, accounts=["210987654321", "111122223333"])
    _, images = json.loads(found.of("VpcEndpoint")["images-api"]["policy"])["Statement"]
    assert images["Resource"] == [f"{ARN}:{one}:repository/*" for one in ("111122223333", "210987654321")]
    assert not {"ecr:PutImage", "ecr:InitiateLayerUpload"} & set(images["Action"])
    assert {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} <= set(images["Action"])


def test_machines_of_the_vpc_come_in_on_https(endpoints):
    assert endpoints().one("SecurityGroupIngressRule") == {
        "securityGroupId": "images-id",
        "cidrIpv4": "10.1.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "tags": {},
    }


def test_networks_that_are_named_come_in_instead(endpoints):
    later = pulumi.Output.from_input("10.9.0.0/24")
    found = endpoints(client_cidrs=["10.2.0.0/24", "10.2.0.0/24", later]).of("SecurityGroupIngressRule")
    assert {name: rule["cidrIpv4"] for name, rule in found.items()} == {
        "images-10.2.0.0/24": "10.2.0.0/24",
        "images-3": "10.9.0.0/24",
    }


def test_groups_of_ones_own_are_used(endpoints):
    found = endpoints(security_group_ids=["sg-0a1b2c3d"])
    assert found.of("SecurityGroup") == found.of("SecurityGroupIngressRule") == {}
    assert found.of("VpcEndpoint")["images-api"]["securityGroupIds"] == ["sg-0a1b2c3d"]


def test_a_gateway_that_is_there_is_left_alone(endpoints):
    found = endpoints(s3_endpoint=False, route_table_ids=[])
    assert set(found.of("VpcEndpoint")) == {"images-api", "images-dkr"}


def test_china_has_names_of_its_own(endpoints):
    identity = {
        **PLACE["aws:index/getCallerIdentity:getCallerIdentity"],
        "arn": f"arn:aws-cn:iam::{ACCOUNT}:root",
    }
    endpoints.recorder.answers["aws:index/getCallerIdentity:getCallerIdentity"] = identity
    found = endpoints(region="cn-north-1").of("VpcEndpoint")
    assert {name: one["serviceName"] for name, one in found.items()} == {
        "images-api": "cn.com.amazonaws.cn-north-1.ecr.api",
        "images-dkr": "cn.com.amazonaws.cn-north-1.ecr.dkr",
        "images-s3": "com.amazonaws.cn-north-1.s3",
    }
    assert "arn:aws-cn:s3:::prod-cn-north-1-starport" in found["images-s3"]["policy"]
    assert {one["region"] for one in found.values()} == {"cn-north-1"}


def test_the_outputs(endpoints):
    assert endpoints.output("endpoint_ids") == {
        "api": "images-api-id",
        "dkr": "images-dkr-id",
        "s3": "images-s3-id",
    }
    assert endpoints.output("security_group_ids") == ["images-id"]


@pytest.mark.skipif(not importlib.util.find_spec("cfnlint"), reason="cfn-lint is not installed")
def test_an_existing_linter_accepts_the_endpoints(endpoints):
    assert findings(endpoints(tags={"a": "b"}, security_group_ids=["sg-0a1b2c3d"])) == set()


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"vpc_id": None}, "vpc_id: is missing"),
        ({"vpc_id": "main"}, "vpc_id: is not a VPC's id: 'main'"),
        ({"subnet_ids": []}, "subnet_ids: at least one is needed"),
        ({"subnet_ids": ["a"]}, "subnet_ids/0: is not a subnet's id: 'a'"),
        ({"route_table_ids": []}, "route_table_ids: at least one is needed"),
        ({"route_table_ids": ["a"]}, "route_table_ids/0: is not a route table's id: 'a'"),
        ({"s3_endpoint": False}, "route_table_ids: says nothing without s3_endpoint"),
        ({"security_group_ids": ["a"]}, "security_group_ids/0: is not a security group's id: 'a'"),
        (
            {"security_group_ids": [f"sg-{number:08x}" for number in range(6)]},
            "security_group_ids: has 6 groups, an endpoint takes 5",
        ),
        (
            {"security_group_ids": ["sg-0a1b2c3d"], "client_cidrs": ["10.0.0.0/8"]},
            "client_cidrs: says nothing beside security_group_ids",
        ),
        ({"client_cidrs": ["10.0.0.1/8"]}, "client_cidrs/0: is not a network of IPv4: '10.0.0.1/8'"),
        ({"client_cidrs": ["0.0.0.0/0"]}, "client_cidrs/0: is everybody"),
        ({"accounts": ["acme"]}, "accounts/0: is not an account's number: 'acme'"),
        ({"region": "west"}, "region: is not a region: 'west'"),
        ({"private_dns": True}, "private_dns: unknown key"),
    ],
)
def test_it_is_named(endpoints, args, expected):
    assert f"  {expected}" in endpoints.refusal(**args)
