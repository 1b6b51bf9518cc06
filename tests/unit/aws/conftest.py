"""EcrRegistry under Pulumi's mocks."""

import pytest
from dockyard.aws.ecr import EcrRegistry
from dockyard.aws.ecr_endpoints import EcrVpcEndpoints
from dockyard.aws.ecr_public import EcrPublicRegistry
from dockyard.aws.ecr_settings import EcrRegistrySettings

from tests.support.maker import Maker
from tests.support.recorder import recording

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
BASE = {"repositories": {"api": {}, "tools/ci": {}}}


ACCOUNT = "123456789012"
REGION = "eu-central-1"
PLACE = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/deploy",
        "id": ACCOUNT,
        "userId": "x",
    },
    "aws:index/getRegion:getRegion": {
        "description": "",
        "endpoint": "",
        "id": REGION,
        "name": REGION,
        "region": REGION,
    },
}


class SettingsMaker(Maker):
    """Makes what has no images; `awaited` is an output that depends on everything."""

    awaited = "host"

    def __call__(self, then=None, opts=None, **args):
        return super().__call__(then or (lambda made: getattr(made, self.awaited)), opts, **args)


class EndpointsMaker(SettingsMaker):
    awaited = "endpoint_ids"


@pytest.fixture
def endpoints():
    vpc = {"cidrBlock": "10.1.0.0/16", "id": "vpc-0a1b2c3d", "arn": "", "tags": {}}
    base = {
        "vpc_id": "vpc-0a1b2c3d",
        "subnet_ids": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
        "route_table_ids": ["rtb-0a1b2c3d"],
    }
    with recording({}, {**PLACE, "aws:ec2/getVpc:getVpc": vpc}) as recorder:
        yield EndpointsMaker(recorder, EcrVpcEndpoints, base)


@pytest.fixture
def setup():
    outputs = {
        "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/x", "name": "x"},
        "aws:secretsmanager/secretVersion:SecretVersion": {
            "secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/x"
        },
        "aws:cloudwatch/eventRule:EventRule": {
            "arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/x",
            "name": "x",
        },
    }
    with recording(outputs, dict(PLACE)) as recorder:
        yield SettingsMaker(recorder, EcrRegistrySettings, {})


@pytest.fixture
def public():
    outputs = {
        "aws:ecrpublic/repository:Repository": {
            "arn": f"arn:aws:ecr-public::{ACCOUNT}:repository/x",
            "repositoryUri": "public.ecr.aws/a1b2c3d4/x",
        }
    }
    token = {"authorizationToken": "t", "expiresAt": "", "id": "", "region": "us-east-1"}
    answers = {
        "aws:ecrpublic/getAuthorizationToken:getAuthorizationToken": {
            **token,
            "password": "word",
            "userName": "AWS",
        }
    }
    with recording(outputs, answers) as recorder:
        yield Maker(recorder, EcrPublicRegistry, BASE)


@pytest.fixture
def make():
    outputs = {
        "aws:ecr/repository:Repository": {
            "arn": "arn:aws:ecr:eu-central-1:123456789012:repository/x",
            "repositoryUrl": f"{HOST}/x",
        },
        "aws:kms/key:Key": {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"},
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
            "arn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
        },
        "aws:iam/role:Role": {"arn": "arn:aws:iam::123456789012:role/x", "name": "x"},
    }
    token = {"authorizationToken": "t", "expiresAt": "", "id": "", "proxyEndpoint": "", "region": ""}
    answers = {
        **PLACE,
        "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
            **token,
            "password": "word",
            "userName": "AWS",
        },
    }
    with recording(outputs, answers) as recorder:
        yield Maker(recorder, EcrRegistry, BASE)
