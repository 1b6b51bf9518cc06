"""What systemd does for a registry: keeps it running, runs its jobs by the clock, and is held to the units as they are rendered."""

import json
from typing import Any

import pytest

from tests.support.instance import wait_until
from tests.support.supervised import Units

from .conftest import STAYING, TIMED, main_process, unit

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("systemd")]
SOON = "[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\n"


def shown(lab: Units, name: str, *properties: str) -> dict[str, str]:
    text = lab.said("systemctl", "show", f"--property={','.join(properties)}", name)
    return dict(line.split("=", 1) for line in text.splitlines())


def ended(lab: Units, name: str) -> bool:
    """Its timer may start it at any time."""
    found = shown(lab, f"{unit(name)}.service", "Result", "ExecMainStatus", "ActiveState")
    return found == {"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"}


def result(lab: Units, job: str) -> dict[str, Any]:
    """What is remembered of a job."""
    path = lab.path(f"{lab.plan.paths.data}/ops/{job}.json")
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"succeeded": 0.0}
    return found


def started(lab: Units, job: str) -> bool:
    """Whether the job has succeeded, once what the timers start has been started by hand."""
    lab.said("systemctl", "start", *(f"{unit(name)}.service" for name in TIMED))
    return bool(result(lab, job)["succeeded"])


def test_a_second_up_changes_nothing(lab: Units) -> None:
    before = lab.running()
    assert lab.up().changes == {}
    assert (lab.lines, lab.running()) == ([], before)


def test_the_doctor_finds_no_fault_and_reads_the_journal(lab: Units) -> None:
    checks = {check["name"]: check for check in lab.operations("doctor")["checks"]}
    assert [check for check in checks.values() if check["status"] == "failure"] == []
    logs = {name: check["status"] for name, check in checks.items() if name.startswith("log ")}
    front = logs.pop("log front-error.log")
    assert front in ("ok", "warning"), (
        "on a slow machine it tells of the moment before the registry was there"
    )
    assert logs == dict.fromkeys((f"log {unit('registry')}.service", f"log {unit('front')}.service"), "ok")


def test_jobs_are_run_by_the_clock(lab: Units) -> None:
    """The timers wait for minutes; told to begin at once, they start what does the jobs, with its few rights."""
    image = lab.push("team/timed", "v1", b"timed" * 1000)
    named = [f"{unit(name)}.timer" for name in TIMED]
    listed = json.loads(lab.said("systemctl", "list-timers", "--output=json", *named))
    assert {timer["unit"]: timer["activates"] for timer in listed} == {
        name: name.replace(".timer", ".service") for name in named
    }
    for name in named:
        soon = lab.path(f"/run/systemd/system/{name}.d/soon.conf")
        soon.parent.mkdir(parents=True)
        soon.write_text(SOON)
    lab.said("systemctl", "daemon-reload")
    lab.said("systemctl", "restart", *named)
    for job in ("backup", "inventory"):
        wait_until(lambda job=job: result(lab, job)["succeeded"], f"the first {job}", seconds=120)
    wait_until(lambda: started(lab, "drill"), "the drill, which is due once there is a backup", seconds=120)
    for name in TIMED:
        wait_until(lambda name=name: ended(lab, name), f"{name} to have ended well")
    assert [result(lab, job)["error"] for job in ("backup", "inventory", "drill")] == ["", "", ""]
    lab.said("rm", "-r", *(f"/run/systemd/system/{name}.d" for name in named))
    lab.said("systemctl", "daemon-reload")
    lab.said("systemctl", "restart", *named)
    assert lab.registry.pulls(image)


def test_each_program_that_is_killed_is_started_again(lab: Units) -> None:
    image = lab.push("team/killed", "v1", b"killed" * 1000)
    for name in STAYING:
        wait_until(lambda name=name: main_process(lab, name), f"{name} to run")
        victim = main_process(lab, name)
        lab.said("kill", "-KILL", str(victim))
        wait_until(
            lambda name=name, old=victim: main_process(lab, name) not in (0, old), f"{name} to be back"
        )
    wait_until(lab.instance.answers, "the front to answer")
    wait_until(lambda: not lab.changes(), "everything to be as it was")
    assert lab.registry.pulls(image)
    (check,) = (
        it for it in lab.operations("doctor")["checks"] if it["name"] == f"log {unit('registry')}.service"
    )
    assert "1 x exit; the last: Main process exited, code=killed, status=9/KILL" in check["evidence"]
    assert check["hint"] == f"journalctl -n 50 -u {unit('registry')}.service"


def test_a_unit_that_strayed_is_told_and_mended(lab: Units) -> None:
    """Without its sandbox, loaded so, and not to be started at the next boot."""
    path = f"/etc/systemd/system/{unit('registry')}.service"
    good = lab.path(path).read_text()
    lab.path(path).write_text(good.replace("ProtectSystem=strict", "ProtectSystem=no"))
    lab.said("systemctl", "daemon-reload")
    lab.said("systemctl", "restart", unit("registry"))
    lab.said("systemctl", "disable", unit("registry"), f"{unit('upkeep')}.timer")
    found = lab.changes()
    numbers = [
        [each["name"] for each in lab.inputs()["services"]].index(unit(name))
        for name in ("registry", "upkeep.timer")
    ]
    assert {f'files["{path}"]', *(f"services[{number}]" for number in numbers)} <= set(found)
    assert f"drift: service {unit('registry')} is not enabled: no boot would start it" in lab.lines
    lab.up()
    assert f"enabled {unit('upkeep')}.timer" in lab.lines
    known = shown(lab, f"{unit('registry')}.service", "ProtectSystem", "UnitFileState", "NeedDaemonReload")
    assert known == {"ProtectSystem": "strict", "UnitFileState": "enabled", "NeedDaemonReload": "no"}
    assert "ro," in lab.said("grep", " / / ", f"/proc/{main_process(lab, 'registry')}/mountinfo")
    assert lab.path(path).read_text() == good
    wait_until(lab.instance.answers, "the front to answer")
    assert lab.up().changes == {}
