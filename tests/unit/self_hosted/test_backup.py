"""The setting `backup`, and what is rendered of it."""

import base64
import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from dockyard.errors import ProblemsError
from dockyard.ops.settings import load
from dockyard.self_hosted import render_ops
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

FACTS = HostFacts(root=True, systemd=False, memory_dir="/run", state_dir="/state", python="/venv/python")
BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}


def plan(**backup):
    return Plan(read_settings({**BASE, "backup": backup}, "test"), FACTS, "main")


def refusal(**backup):
    with pytest.raises(ProblemsError) as refused:
        plan(**backup)
    return str(refused.value)


CONFIG, SUPERVISOR = "/etc/dockyard/main/ops/config.json", "/etc/dockyard/main/supervisord.conf"


def test_without_it_the_host_has_no_restic_no_password_and_no_job_of_it():
    none = render(Plan(read_settings(BASE, "test"), FACTS, "main"))
    assert plan(enabled=False).settings.backup is None
    assert render(plan(enabled=False)) == none
    assert "restic" not in none.packages
    assert not any("restic" in binary for binary in none.requires.binaries)
    assert not {f"/etc/dockyard/main/ops/{name}" for name in ("repository", "password")} & none.files.keys()
    configuration = json.loads(none.files[CONFIG].content)
    assert (configuration["backs_up"], set(configuration["every"])) == (False, {"inventory", "scrub"})
    assert "[program:operations]" not in none.files[SUPERVISOR].content


def test_with_it_the_rest_stays_as_it_was():
    without, with_it = render(plan(enabled=False)), render(plan())
    own = {CONFIG, SUPERVISOR} | (with_it.files.keys() - without.files.keys())
    kept = {path: file for path, file in with_it.files.items() if path not in own}
    assert kept == {path: file for path, file in without.files.items() if path not in own}
    assert [service for service in with_it.services if service.name != "operations"] == list(without.services)
    assert all(
        "pyz" not in path
        for service in without.services
        if service.name in ("registry", "front")
        for path in service.restart_on
    )


def test_the_defaults():
    backup = plan().settings.backup
    assert (backup.repository, backup.own_password) == (None, False)
    assert dict(backup.keep) == {"daily": 7, "weekly": 5, "monthly": 12}
    assert dict(backup.every) == {"backup": 86400, "check": 7 * 86400, "drill": 30 * 86400}


def test_all_problems_are_told():
    text = refusal(
        repository="backups",
        password="short",
        environment={"path": "x", "LD_PRELOAD": "y"},
        keep_daily=-1,
        often=1,
    )
    for path in (
        "repository",
        "password",
        "environment/path",
        "environment/LD_PRELOAD",
        "keep_daily",
        "often",
    ):
        assert f"backup/{path}" in text
    assert "short" not in text


@pytest.mark.parametrize(
    "address", ["/mnt/disk/registry", "s3:https://s3.example.com/bucket", "sftp:me@host:/x"]
)
def test_an_address_stands_in_a_file_of_the_account_alone(address):
    made = plan(repository=address, environment={"B": "2", "A": "1"})
    contents = secret_contents(made, Material({}, "", "", "", "word", {"B": "2", "A": "1"}))
    assert contents["/etc/dockyard/main/ops/repository"] == f"{address}\n"
    assert contents["/etc/dockyard/main/ops/environment"] == "A=1\nB=2\n"
    assert contents["/etc/dockyard/main/ops/password"] == "word\n"
    for name in ("repository", "environment", "password"):
        file = render(made).files[f"/etc/dockyard/main/ops/{name}"]
        assert (file.mode, file.owner, file.secret) == (0o600, "dockyard-backup", True)
    # A folder of the host is no secret: it is one of the bundle's. Elsewhere, an address may hold a password.
    assert (address in render(made).files[CONFIG].content) is address.startswith("/")


def test_the_registry_s_own_account_cannot_touch_a_backup():
    folder = render(plan()).directories["/var/lib/dockyard/main/backup"]
    assert (folder.owner, folder.group, folder.mode, folder.precious) == (
        "dockyard-backup",
        "dockyard-backup",
        0o700,
        True,
    )


def test_an_ordinary_user_installs_restic_by_hand():
    made = replace(plan(), facts=replace(FACTS, root=False))
    bundle = render(made)
    assert (bundle.packages, bundle.accounts) == ((), ())
    assert "/usr/bin/restic" in bundle.requires.binaries
    assert bundle.files["/state/main/etc/ops/password"].owner is None


def test_the_operations_read_the_configuration(tmp_path):
    file = tmp_path / "config.json"
    parts = {"backup": {}, "firewall": {"allow_from": ["10.0.0.0/8"]}, "certificate": {"acme": {}}}
    public = {"domain": "registry.example.com", "listen": ["::"]}
    settings = read_settings({**BASE, **parts, **public}, "test")
    file.write_text(render(Plan(settings, FACTS, "main")).files[CONFIG].content)
    read = load(file)
    assert str(read.tree) == "/var/lib/dockyard/main/registry/docker/registry/v2"
    assert (read.account, read.owner, read.every["backup"]) == ("dockyard-backup", "dockyard", 86400)
    assert {*json.loads(file.read_text()), "closing"} == set(vars(read)), "that is for Traefik alone"


def test_the_zipapp_is_the_same_each_time_and_of_no_date(monkeypatch, tmp_path):
    first = render_ops.zipapp()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    copy = tmp_path / "ops"
    copy.mkdir()
    for path in filter(Path.is_file, render_ops.OPS.iterdir()):
        (copy / path.name).write_bytes(path.read_bytes())
        os.utime(copy / path.name, (0, 0))
    monkeypatch.setattr(render_ops, "OPS", copy)
    assert render_ops.zipapp.__wrapped__() == first
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(first)))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "dockyard/ops/keeper.py" not in archive.namelist()
