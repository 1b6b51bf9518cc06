"""GarRegistry under Pulumi's mocks."""

import pulumi
import pytest
from dockyard.gcp.gar import GarRegistry

from tests.support.maker import Maker
from tests.support.recorder import recording

REPOSITORY = "gcp:artifactregistry/repository:Repository"
CLIENT = "gcp:organizations/getClientConfig:getClientConfig"
BASE = {"location": "europe-west1", "repositories": {"api": {}, "tools/ci": {}}}


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
        yield Maker(recorder, GarRegistry, BASE)


@pytest.fixture
def later(make):
    """A value that is known during the deployment only."""
    return lambda value: pulumi.Output.from_input(value)
