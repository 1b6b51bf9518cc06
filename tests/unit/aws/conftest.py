"""EcrRegistry under Pulumi's mocks."""

import pytest
from dockyard.aws.ecr import EcrRegistry

from tests.support.maker import Maker
from tests.support.recorder import recording

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
BASE = {"repositories": {"api": {}, "tools/ci": {}}}


@pytest.fixture
def make():
    outputs = {
        "aws:ecr/repository:Repository": {
            "arn": "arn:aws:ecr:eu-central-1:123456789012:repository/x",
            "repositoryUrl": f"{HOST}/x",
        },
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
            "arn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
        },
        "aws:iam/role:Role": {"arn": "arn:aws:iam::123456789012:role/x", "name": "x"},
    }
    token = {"authorizationToken": "t", "expiresAt": "", "id": "", "proxyEndpoint": "", "region": ""}
    answers = {
        "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
            **token,
            "password": "word",
            "userName": "AWS",
        }
    }
    with recording(outputs, answers) as recorder:
        yield Maker(recorder, EcrRegistry, BASE)
