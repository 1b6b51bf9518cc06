"""The services of a running registry, as the kernel sees them: no new rights, no core files, few capabilities."""

import contextlib
import os
from pathlib import Path

import pytest
from dockyard.ops import launch
from dockyard.ops.confine import CAPABILITIES

from tests.integration.front.conftest import Front
from tests.support.instance import Instance, needs_servers
from tests.support.processes import ENDED, status, statuses

pytestmark = [pytest.mark.integration, needs_servers]


def processes(instance: Instance) -> dict[str, list[int]]:
    run = Path(instance.plan.paths.run)
    return {name: launch.recorded_members(run / name / "launch") for name in ("registry", "front")}


def test_no_service_can_gain_rights_or_leave_its_memory_on_a_disk(front: Front) -> None:
    found = processes(front.instance)
    assert len(found["front"]) > 1, "the master and its workers"
    for pid in (*found["registry"], *found["front"]):
        # NGINX's cache loader ends after a while.
        with contextlib.suppress(*ENDED):
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            assert next(line.split()[4:6] for line in limits if "core file size" in line) == ["0", "0"]
            assert status(pid).get("NoNewPrivs", "1") == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities")
def test_root_s_services_have_the_capabilities_that_they_need_alone(front: Front) -> None:
    found = processes(front.instance)
    assert {int(each["CapBnd"], 16) for each in statuses(found["registry"])} == {0}
    names = ("NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "KILL")
    wanted = sum(1 << CAPABILITIES[f"CAP_{name}"] for name in names)
    assert {int(each["CapBnd"], 16) for each in statuses(found["front"])} == {wanted}
    supervisord = int(status(front.instance.pid("supervisord.pid"))["CapBnd"], 16)
    assert supervisord & wanted == wanted, "it starts them again"
