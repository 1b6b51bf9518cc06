"""What Prometheus is told of a registry in containers."""

from collections.abc import Iterator

import pytest

from tests.integration.ops.test_metrics import Measured, becomes
from tests.support.composed import SERVICES, Composed
from tests.support.instance import free_port, wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker"),
]


@pytest.fixture
def measured(lab: Composed) -> Iterator[Measured]:
    lab.up(metrics={"port": free_port()})
    found = Measured(lab.instance)
    wait_until(found.answers, "the metrics", seconds=120)
    yield found
    del lab.settings["metrics"]
    lab.up()


def test_containers_are_counted_from_the_host(lab: Composed, measured: Measured) -> None:
    def pushes() -> float:
        return measured.value("dockyard_requests_total", "push", "201") or 0

    before = pushes()
    lab.push("team/counted", "1", b"x" * 50_000)
    becomes(lambda: pushes() == before + 1, "the push")
    lab.operations("rotate", "--force")
    lab.push("team/counted", "2", b"y" * 50_000)
    becomes(lambda: pushes() == before + 2, "the push into the next log")
    becomes(lambda: measured.value("dockyard_front_connections", "active"), "what NGINX counts")
    now = measured.values()
    for service in SERVICES:
        assert now["dockyard_up", service] == 1
        assert now["dockyard_processes", service] >= 2
        assert now["dockyard_process_resident_bytes", service] > 1 << 20
        assert now["dockyard_process_cpu_seconds_total", service] > 0
    assert {value for (name, *_), value in now.items() if name == "dockyard_collector_up"} == {1}
    (build,) = (labels for name, *labels in now if name == "dockyard_build_info")
    assert "1.30.5" in build, "the tag of NGINX's image"
    assert any(label.startswith("2.8") for label in build)
    assert lab.up().changes == {}
    assert lab.container("registry")["HostConfig"]["NetworkMode"] == "none"
    lab.daemon.said("container", "stop", lab.ids()["registry"])
    becomes(lambda: measured.value("dockyard_up", "registry") == 0, "the registry to be missed")
    lab.up()
    becomes(lambda: measured.value("dockyard_up", "registry") == 1, "the registry to be back")
