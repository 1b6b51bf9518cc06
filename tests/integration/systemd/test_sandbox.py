"""What each unit may do, tried from within: a program in the place of the service's own, with all else that the unit says."""

import json
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops.confine import CAPABILITIES

from tests.support import probe
from tests.support.supervised import Units

from .conftest import STAYING, TIMED, main_process, unit

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("systemd")]
EVERY = (*STAYING, *TIMED)
RUN = Path("/run/systemd/system")
FRONT = ("NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "KILL")
MAY: dict[str, tuple[str, ...]] = {
    "front": FRONT,
    "firewall": ("NET_ADMIN", "DAC_OVERRIDE", "CHOWN"),
    "upkeep": ("SETUID", "SETGID", "CHOWN", "FOWNER", "DAC_OVERRIDE", "KILL"),
}
"""Capabilities of what begins as root; all else has none."""
WRITES = {
    "registry": {"store", "run/registry"},
    "watch": {"run/registry"},
    "front": {"log", "run/front"},
    "operations": {"state"},
    "upkeep": {"store", "state", "log", "run", "run/registry", "run/front"},
    "firewall": {"state"},
}
"""Folders of the instance that may be written to; nothing else of the host may, by any of them."""
CONNECTS = {"front", "metrics", "firewall"}
"""What may open a socket that leads out of the host."""
HELD = ("namespace", "mount", "set-user-id", "realtime", "clock", "hostname", "kernel's log", "personality")
REFUSED = dict.fromkeys(HELD, "EPERM") | {"packets": "EAFNOSUPPORT"}
LIMITS = {
    "memory": ("memory.limit_in_bytes", "memory.max", str(384 << 20)),
    "pids": ("pids.max", "pids.max", "512"),
    "cpu": ("cpu.cfs_quota_us", "cpu.max", "150000"),
}


def folders(lab: Units) -> dict[str, str]:
    paths = lab.plan.paths
    run = {f"run/{name}": f"{paths.run}/{name}" for name in ("registry", "front")}
    own = {"store": paths.store, "state": f"{paths.data}/ops", "log": paths.log, "run": paths.run, **run}
    return own | {path: path for path in (paths.etc, "/", "/etc", "/usr", "/var/lib", "/run")}


def status(text: str) -> dict[str, str]:
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


@pytest.fixture(scope="module")
def tried(lab: Units) -> dict[str, dict[str, Any]]:
    """Service -> what was found from within its unit."""
    lab.path("/srv/probe.py").write_text(Path(probe.__file__).read_text())
    lab.path("/tmp/mark").touch()
    for name in EVERY:
        text = lab.path(f"/etc/systemd/system/{unit(name)}.service").read_text()
        kept = [
            line for line in text.splitlines() if not line.startswith(("Type=", "ExecReload=", "Restart"))
        ]
        own = ["Type=oneshot", f"StandardOutput=truncate:/srv/{name}.json"]
        own += [f"ExecStart=/usr/bin/python3 -I -S /srv/probe.py {' '.join(folders(lab).values())}"]
        lines = [line for line in kept if not line.startswith("ExecStart=")]
        lines[lines.index("[Service]") + 1 : lines.index("[Service]") + 1] = own
        lab.path(f"{RUN}/probe-{name}.service").write_text("\n".join(lines))
    lab.said("systemctl", "daemon-reload")
    lab.said("systemctl", "start", *(f"probe-{name}.service" for name in EVERY))
    return {name: json.loads(lab.path(f"/srv/{name}.json").read_text()) for name in EVERY}


@pytest.mark.parametrize("name", EVERY)
def test_a_unit_reaches_nothing_of_the_host_but_its_own(
    lab: Units, tried: dict[str, dict[str, Any]], name: str
) -> None:
    found, named = tried[name], folders(lab)
    shut = {short for short, path in named.items() if path in found["read only"]}
    assert set(named) - shut == WRITES.get(name, set())
    assert {"/proc/sys/kernel", "/sys/fs/cgroup", "/sys/kernel"} <= set(found["read only"])
    assert (found["devices"], found["mark"], found["home"]) == ([], False, False)


@pytest.mark.parametrize("name", EVERY)
def test_a_unit_can_gain_no_right(tried: dict[str, dict[str, Any]], name: str) -> None:
    found = tried[name]
    assert found["capabilities"] == sum(1 << CAPABILITIES[f"CAP_{each}"] for each in MAY.get(name, ()))
    assert found["no new rights"] == "1"
    assert (found["user"] == 0) == (name in MAY)
    refused = {key: error for key, error in found["attempts"].items() if error}
    closed = {"network"} if name not in CONNECTS else set()
    closed |= {"netlink"} if name != "firewall" else set()
    assert {refused.pop(key) for key in ("process 1", "bus")} <= {"EACCES", "ECONNREFUSED", "ENOENT"}
    assert refused == REFUSED | dict.fromkeys(closed, "EAFNOSUPPORT")


def test_what_a_unit_is_refused_root_has_outside_of_it(lab: Units, tried: dict[str, dict[str, Any]]) -> None:
    found = json.loads(lab.said("/usr/bin/python3", "-I", "-S", "/srv/probe.py", *folders(lab).values()))
    refused = {key for key, error in found["attempts"].items() if error}
    assert refused <= {"clock", "realtime", "kernel's log", "bus"}, "what a container's root has not"
    assert [path for path in folders(lab).values() if path in found["read only"]] == []


def test_what_runs_all_the_time_is_held_likewise(lab: Units, tried: dict[str, dict[str, Any]]) -> None:
    for name in STAYING:
        known = status(lab.said("cat", f"/proc/{main_process(lab, name)}/status"))
        found = tried[name]
        held = int(known["CapBnd"], 16) | int(known["CapEff"], 16)
        assert (held, known["NoNewPrivs"], known["Seccomp"]) == (found["capabilities"], "1", "2"), name
        assert int(known["Uid"].split()[0]) == found["user"], name


def test_accounts_do_not_see_each_other_s_processes(tried: dict[str, dict[str, Any]]) -> None:
    seen = {name: found["others"] for name, found in tried.items() if found["user"]}
    assert {name for name, count in seen.items() if count} == {"metrics"}


@pytest.mark.parametrize("controller", LIMITS)
@pytest.mark.parametrize("name", ["registry", "front"])
def test_the_kernel_holds_the_limits(lab: Units, name: str, controller: str) -> None:
    old, new, wanted = LIMITS[controller]
    group = f"system.slice/{unit(name)}.service"
    places = [Path(f"/sys/fs/cgroup/{controller}/{group}/{old}"), Path(f"/sys/fs/cgroup/{group}/{new}")]
    there = [place for place in places if lab.path(str(place)).exists()]
    if not there:
        pytest.skip(f"this machine gives a host of its own no controller {controller}")
    assert lab.said("cat", str(there[0])).split()[0] == wanted
