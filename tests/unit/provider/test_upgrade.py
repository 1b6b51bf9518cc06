"""When a change of the registry's program is one, and what must hold before it."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops import results, space
from dockyard.provider.agent import units, upgrade
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import (
    Bundle,
    Containers,
    File,
    RegistryProgram,
    Requirement,
    Runtime,
    Service,
)

CONFIG = "/etc/x/ops/config.json"
TWO = RegistryProgram("registry", "2", "/usr/bin/docker-registry", False, "/etc/x/registry.yml", CONFIG)
THREE = replace(TWO, version="3", program="/usr/local/bin/registry", own=True)


def bundle(registry: RegistryProgram | None, folder: Path) -> Bundle:
    paths = ("repository_file", "password_file", "environment_file", "read_only")
    configuration = {
        "instance": "x",
        "store": str(folder / "store"),
        "state": str(folder),
        "run_file": str(folder / "run/launch"),
        "registry": registry.program if registry else "",
        "account": "",
        "owner": "",
        "keep": {},
        "every": {},
        **dict.fromkeys(paths, "/nowhere"),
    }
    return Bundle(
        runtime=Runtime.SUPERVISOR,
        files={CONFIG: File(json.dumps(configuration), 0o644)},
        services=(Service("registry"),),
        requires=Requirement(binaries=("/usr/bin/docker-registry",), writable=(str(folder / "store"),)),
        registry=registry,
    )


def serving(version: str, program: str) -> Record:
    return Record(registry={"version": version, "program": program})


def told(plan: Plan, record: Record) -> list[str]:
    found = upgrade.problems_before(plan, record, packages=False)
    return [it.message for it in found if it.path == "version"]


def test_a_new_registry_and_an_unchanged_one_are_no_change(tmp_path: Path) -> None:
    two, three = bundle(TWO, tmp_path), bundle(THREE, tmp_path)
    assert not upgrade.due(Plan("id", three), Record())
    assert not upgrade.due(Plan("id", two, two), serving("2", TWO.program))
    assert not upgrade.due(Plan("id", bundle(None, tmp_path), two), Record())


def test_what_the_host_remembers_counts_before_what_the_engine_does(tmp_path: Path) -> None:
    """Killed between the change and the state's write, the engine takes for 2 what is 3 already."""
    two, three = bundle(TWO, tmp_path), bundle(THREE, tmp_path)
    assert upgrade.due(Plan("id", three, two), Record())
    assert upgrade.due(Plan("id", three, two), serving("2", TWO.program))
    assert not upgrade.due(Plan("id", three, two), serving("3", THREE.program))
    assert upgrade.due(Plan("id", two, two), serving("3", THREE.program))


def test_a_change_that_was_ended_on_its_way_is_gone_on_with(tmp_path: Path) -> None:
    two = bundle(TWO, tmp_path)
    assert upgrade.due(Plan("id", two, two), replace(serving("2", TWO.program), switching=True))


def test_a_host_of_an_earlier_dockyard_ran_the_distribution_s_program(tmp_path: Path) -> None:
    before = bundle(None, tmp_path)
    assert not upgrade.due(Plan("id", bundle(TWO, tmp_path), before), Record())
    assert upgrade.due(Plan("id", bundle(THREE, tmp_path), before), Record())


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"runtime": Runtime.SYSTEMD}, "runtime"),
        ({"requires": Requirement(writable=("/srv/other",))}, "storage"),
        ({"registry": replace(TWO, config="/etc/y/ops/config.json")}, "instance"),
    ],
)
def test_what_has_no_way_back_changes_in_a_step_of_its_own(
    tmp_path: Path, changes: dict[str, Any], name: str
) -> None:
    plan = Plan("id", bundle(THREE, tmp_path), replace(bundle(TWO, tmp_path), **changes))
    assert f"cannot change together with `{name}`" in told(plan, serving("2", TWO.program))


def test_a_store_with_images_needs_a_good_backup(tmp_path: Path) -> None:
    plan, record = Plan("id", bundle(THREE, tmp_path), bundle(TWO, tmp_path)), serving("2", TWO.program)
    assert told(plan, record) == []
    (tmp_path / "store/docker/registry/v2/repositories/team").mkdir(parents=True)
    assert told(plan, record) == ["the registry's program is not changed: there is no backup yet"]
    results.remember(tmp_path, "backup", succeeded=time.time() - 200 * 3600)
    assert told(plan, record) == ["the registry's program is not changed: the last backup is 200 hours old"]
    results.remember(tmp_path, "backup", succeeded=time.time())
    assert told(plan, record) == []
    results.remember(tmp_path, "drill", error="2 broken")
    assert told(plan, record) == [
        "the registry's program is not changed: the last drill has failed (2 broken)"
    ]
    meant = bundle(replace(THREE, without_backup=True), tmp_path)
    assert told(replace(plan, bundle=meant), record) == []


def test_a_disk_without_room_keeps_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.setattr(space, "room", lambda path: space.Room(5 << 20, 1 << 40, 1, 1))
    plan = Plan("id", bundle(THREE, tmp_path), bundle(TWO, tmp_path))
    assert told(plan, serving("2", TWO.program)) == [
        "5 MiB free on the disk of the images, 256 MiB needed to change the program"
    ]


IMAGE = replace(TWO, program="registry:2.8.3", front="nginx:1")
CONTAINERS = Containers("/etc/x/compose.yaml", "x", (), (), (), ("registry:2.8.3", "/bin/registry", "/r"))


def composed(folder: Path, **changes: Any) -> Bundle:
    return replace(bundle(replace(IMAGE, **changes), folder), containers=CONTAINERS)


def test_another_image_of_the_front_is_a_change_that_needs_no_backup(tmp_path: Path) -> None:
    (tmp_path / "store/docker/registry/v2/repositories/team").mkdir(parents=True)
    record = Record(registry={"version": "2", "program": IMAGE.program, "front": "nginx:1"})
    old = composed(tmp_path)
    assert not upgrade.due(Plan("id", old, old), record)
    front = Plan("id", composed(tmp_path, front="nginx:2"), old)
    assert upgrade.due(front, record)
    assert told(front, record) == []
    registry = Plan("id", composed(tmp_path, program="registry:2.8.4"), old)
    assert told(registry, record) == ["the registry's program is not changed: there is no backup yet"]


def test_a_move_into_containers_is_none_unless_the_version_changes_too(tmp_path: Path) -> None:
    programs, record = bundle(TWO, tmp_path), serving("2", TWO.program)
    assert not upgrade.due(Plan("id", composed(tmp_path), programs), record)
    moved = Plan("id", composed(tmp_path, version="3", program="registry:3.1.1"), programs)
    assert upgrade.due(moved, record)
    assert "cannot change together with `runtime`" in told(moved, record)


def test_units_are_stopped_enabled_and_restarted_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemctl's stand-in writes down what it was asked; all units run."""
    program, calls = tmp_path / "systemctl", tmp_path / "calls"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\n'
        'if [ "$1" = show ]; then printf "Id=registry.service\\nActiveState=active\\nMainPID=1\\n"; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    unit = "/etc/systemd/system/registry.service"
    new = Bundle(
        Runtime.SYSTEMD,
        files={unit: File("new", 0o644)},
        services=(Service("registry", restart_on=(unit,)), Service("keep.timer")),
    )
    old = replace(new, services=(*new.services, Service("gone")))
    plan = Plan("id", new, old)
    assert units.stop_gone(plan) == ["stopped gone"]
    assert units.apply_units(plan, Record()) == ["restarted registry", "started keep.timer"]
    assert [line for line in calls.read_text().splitlines() if not line.startswith("show")] == [
        "disable --now gone.service",
        "daemon-reload",
        "enable registry.service",
        "enable keep.timer",
        "restart registry.service",
        "start keep.timer",
    ]
