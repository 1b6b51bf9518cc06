"""EcrRegistry under Pulumi's mocks."""

import pytest
from dockyard.aws.ecr import EcrRegistry
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
    """Makes settings; they have no images."""

    def __call__(self, then=None, opts=None, **args):
        return super().__call__(then or (lambda made: made.host), opts, **args)


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
    with recording(outputs, PLACE) as recorder:
        yield SettingsMaker(recorder, EcrRegistrySettings, {})


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
