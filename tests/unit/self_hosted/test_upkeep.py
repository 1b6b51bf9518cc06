"""The setting `upkeep`: what the host does by itself."""

import json
from dataclasses import replace

import pytest
from dockyard.errors import ProblemsError
from dockyard.ops.main import main
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python="/venv/python")
BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}
DAY = 86400
HOURLY = ("inventory", 3600)


def settings(**more):
    return read_settings({**BASE, **more}, "test")


def test_garbage_is_collected_once_a_week_where_there_are_backups():
    assert settings().upkeep == (HOURLY,)
    assert settings(backup={}).upkeep == (("gc", 7 * DAY), HOURLY)
    assert settings(backup={}, upkeep={"gc_every_days": 0}).upkeep == (HOURLY,)


def test_images_expire_once_a_day_where_there_are_rules():
    rules = {"keep_last": 3}
    assert settings(retention=rules).upkeep == (("retention", DAY), HOURLY)
    assert settings(retention=rules, upkeep={"retention_every_days": 0}).upkeep == (HOURLY,)


def test_images_are_counted_once_an_hour_or_as_often_as_is_told():
    assert settings(upkeep={"inventory_every_minutes": 5}).upkeep == (("inventory", 300),)
    assert settings(upkeep={"inventory_every_minutes": 0}, status_page=False).upkeep == ()


def test_all_problems_are_told():
    with pytest.raises(ProblemsError) as refused:
        settings(
            upkeep={
                "gc_every_days": -1,
                "retention_every_days": "x",
                "inventory_every_minutes": 1441,
                "often": 1,
            }
        )
    wrong = ("gc_every_days", "retention_every", "inventory_every_minutes", "often")
    assert all(f"upkeep/{key}" in str(refused.value) for key in wrong)


def test_it_has_a_service_of_its_own_which_root_runs_with_few_capabilities():
    """The account of backups may not change what they are made of."""
    units = render(Plan(settings(backup={}), FACTS, "main")).files
    unit = units["/etc/systemd/system/dockyard-main-upkeep.service"].content
    assert "User=" not in unit
    assert '"--group" "upkeep"' in unit
    assert "CAP_SYS_ADMIN" not in unit
    assert "User=dockyard-backup" in units["/etc/systemd/system/dockyard-main-operations.service"].content


def test_under_supervisor_too():
    services = render(
        Plan(settings(retention={"keep_last": 3}), replace(FACTS, systemd=False), "main")
    ).services
    assert [service.name for service in services] == ["registry", "watch", "front", "upkeep"]


@pytest.mark.parametrize("command", ["backup", "check", "drill", "restore"])
def test_a_registry_without_backups_says_so(command, tmp_path, capsys):
    plan = Plan(settings(), FACTS, "main")
    file = tmp_path / "config.json"
    file.write_text(render(plan).files["/etc/dockyard/main/ops/config.json"].content)
    assert main([command, "--config", str(file)]) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["message"] == "this registry has no backups"
    assert "backup" in told["hint"]
