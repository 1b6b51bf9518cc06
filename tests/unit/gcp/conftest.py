"""GarRegistry under Pulumi's mocks."""

import pulumi
import pytest
from dockyard.gcp.gar import GarRegistry
from dockyard.run_error import ArgsError

from tests.support.recorder import recording

REPOSITORY = "gcp:artifactregistry/repository:Repository"
CLIENT = "gcp:organizations/getClientConfig:getClientConfig"
BASE = {"location": "europe-west1", "repositories": {"api": {}, "tools/ci": {}}}


class Maker:
    """Makes the registry `images` of some arguments and keeps what came of it."""

    def __init__(self, recorder):
        self.recorder = recorder

    def __call__(self, then=None, opts=None, **args):
        def program():
            registry = GarRegistry("images", {**BASE, **args}, opts)
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
        REPOSITORY: {"project": "shop-1"},
        "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
            "name": "projects/7/locations/global/workloadIdentityPools/images-ci"
        },
    }
    answers = {
        CLIENT: {
            "accessToken": "ya29.word",
            "defaultLabels": {},
            "id": "x",
            "project": "",
            "region": "",
            "zone": "",
        }
    }
    with recording(outputs, answers) as recorder:
        yield Maker(recorder)


@pytest.fixture
def later(make):
    """A value that is known during the deployment only."""
    return lambda value: pulumi.Output.from_input(value)
