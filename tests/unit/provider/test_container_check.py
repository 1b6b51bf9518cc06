"""What is wrong with a Host's containers is told before anything is started."""

from typing import Any

import pytest
from dockyard.engine.values import Secret
from dockyard.errors import Problem
from dockyard.provider.agent.plan import bundle_of
from dockyard.provider.host_check import DEFAULTS, host_problems
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import Bundle, Containers, File, Runtime, Service

CONTAINERS = Containers(
    file="/etc/x/compose.yaml",
    project="dockyard-x",
    images=("registry:2.8.3", "nginx:1.30.5@sha256:" + "a" * 64),
    accounts=(("FRONT", "dockyard-front"), ("REGISTRY", "")),
    writes=(("/var/log/x/audit.log*", "dockyard-front"),),
    program=("registry:2.8.3", "/bin/registry", "/var/lib/x/registry"),
)
BUNDLE = Bundle(
    Runtime.SYSTEMD,
    files={"/etc/x/compose.yaml": File("services: {}", 0o644)},
    services=(Service("container-front", container="front"),),
    containers=CONTAINERS,
)


def inputs(**changes: Any) -> dict[str, Any]:
    made = {**DEFAULTS, **host_inputs(BUNDLE, Secret)}
    made["containers"] = {**made["containers"], **changes}
    return made


def test_a_bundle_with_containers_travels_whole() -> None:
    assert host_problems(inputs()) == []
    assert bundle_of(inputs()) == BUNDLE


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"file": "/etc/other.yaml"}, "containers.file"),
        ({"project": "--privileged"}, "containers.project"),
        ({"project": 7}, "containers.project"),
        ({"images": ["-v/:/x"]}, "containers.images"),
        ({"images": ["a b"]}, "containers.images"),
        ({"images": "registry:2"}, "containers.images"),
        ({"accounts": {"FRONT": "a b"}}, "containers.accounts.FRONT"),
        ({"accounts": {"A\nB": "a"}}, "containers.accounts.A\nB"),
        ({"writes": {"../x": "a"}}, "containers.writes"),
        ({"writes": {"/x/../../etc/*": "a"}}, "containers.writes"),
        ({"program": ["registry:2"]}, "containers.program"),
        ({"program": ["registry:2", "bin", "/x"]}, "containers.program"),
        ({"program": ["registry:2", "/bin/registry", "/x/../../etc/passwd"]}, "containers.program"),
        ({"more": 1}, "containers"),
    ],
)
def test_each_wrong_value_is_named(changes: dict[str, Any], path: str) -> None:
    assert path in [problem.path for problem in host_problems(inputs(**changes))]


def test_a_service_of_no_containers_is_named() -> None:
    given = inputs()
    del given["containers"]
    assert Problem("containers", "is missing: a service is said to be one of its own") in host_problems(given)
