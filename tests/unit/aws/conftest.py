"""EcrRegistry under Pulumi's mocks."""

import pytest
from dockyard.aws.ecr import EcrRegistry
from dockyard.run_error import ArgsError

from tests.support.recorder import recording

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
BASE = {"repositories": {"api": {}, "tools/ci": {}}}


class Maker:
    """Makes the registry `images` of some arguments and keeps what came of it."""

    def __init__(self, recorder):
        self.recorder = recorder

    def __call__(self, then=None, opts=None, **args):
        def program():
            registry = EcrRegistry("images", {**BASE, **args}, opts)
            return then(registry) if then else registry.images

        return self.recorder.run(program)

    def output(self, name, **args):
        """The value of an output."""
        seen = []
        self(lambda registry: getattr(registry, name).apply(seen.append), **args)
        return seen[0]

    def refusal(self, **args):
        with pytest.raises(ArgsError) as refused:
            self(**args)
        return str(refused.value)


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
        yield Maker(recorder)
