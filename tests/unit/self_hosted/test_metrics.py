"""The settings `audit` and `metrics`, and what is made of them."""

import json
from dataclasses import replace

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.audit import Audit
from dockyard.self_hosted.metrics import Metrics
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

from tests.golden.cases import Case

BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}


def read(**values):
    return read_settings({**BASE, **values}, "test")


def refused(**values) -> str:
    with pytest.raises(ProblemsError) as found:
        read(**values)
    return str(found.value)


def test_logs_are_kept_for_ninety_days_within_a_gibibyte_and_metrics_are_off():
    settings = read()
    assert settings.audit == Audit(keep_days=90, max_bytes=1 << 30)
    assert settings.metrics is None


def test_what_is_set_is_taken():
    settings = read(audit={"keep_days": 7.0, "max_size": "200M"}, metrics={"port": 9180.0})
    assert settings.audit == Audit(7, 200 << 20)
    assert settings.metrics == Metrics(9180)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"audit": {"keep_days": 0}}, "audit/keep_days: must be between 1 and 3660, got 0"),
        ({"audit": {"max_size": "lots"}}, "audit/max_size: is not a size: 'lots'"),
        ({"audit": {"max_size": "512K"}}, "audit/max_size: must be at least 1M, got '512K'"),
        ({"audit": {"keep": 1}}, "audit/keep: unknown key"),
        ({"metrics": {}}, "metrics/port: is required"),
        ({"metrics": {"port": 0}}, "metrics/port: must be between 1 and 65535, got 0"),
        ({"metrics": {"port": 8443}, "port": 8443}, "metrics/port: is the registry's own: 8443"),
        ({"metrics": 9180}, "metrics: must be an object, got 9180"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(values, told):
    assert told in refused(**values)


def on_root(**values) -> Plan:
    plan = Case("root_systemd").plan
    return replace(plan, settings=read(**values))


def test_without_the_setting_there_is_no_account_no_service_and_no_socket():
    bundle = render(on_root())
    assert "dockyard-metrics" not in [account.name for account in bundle.accounts]
    assert [service.name for service in bundle.services if "metrics" in service.name] == []
    assert "stub_status" not in "".join(file.content for file in bundle.files.values())


def test_the_service_has_an_account_that_owns_nothing_and_no_capability():
    plan = on_root(metrics={"port": 9180})
    bundle = render(plan)
    (account,) = [account for account in bundle.accounts if account.name == "dockyard-metrics"]
    assert account.groups == ("dockyard", "dockyard-front")
    entries = (*bundle.directories.values(), *bundle.files.values())
    assert {"dockyard-metrics"} & {name for it in entries for name in (it.owner, it.group)} == set()
    unit = bundle.files["/etc/systemd/system/dockyard-main-metrics.service"].content
    assert "User=dockyard-metrics\n" in unit
    assert "CapabilityBoundingSet=\n" in unit
    assert "ReadWritePaths" not in unit
    assert "127.0.0.1:9180" in bundle.requires.ports


@pytest.mark.parametrize(
    ("listen", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.7", "10.0.0.7")],
)
def test_the_front_is_asked_where_it_listens(listen, reached):
    plan = on_root(metrics={"port": 9180}, listen=[listen])
    configuration = json.loads(render(plan).files["/etc/dockyard/main/ops/config.json"].content)
    assert configuration["metrics"]["host"] == reached


def test_workers_may_enter_the_folder_of_logs_and_neither_list_it_nor_write_to_it():
    """Told to begin a new log, they open it themselves."""
    folder = render(on_root()).directories["/var/log/dockyard/main"]
    assert (folder.mode, folder.owner, folder.group) == (0o710, "root", "dockyard-front")


@pytest.mark.parametrize(
    ("image", "version"),
    [("nginx:1.30.5@sha256:" + 64 * "a", "1.30.5"), ("r.example.com:5000/nginx@sha256:" + 64 * "a", "")],
)
def test_of_a_front_in_a_container_the_image_s_tag_is_the_version(image: str, version: str) -> None:
    values = {"runtime": "compose", "metrics": {"port": 9180}, "images": {"nginx": image}}
    bundle = render(replace(Case("root_compose").plan, settings=read(**values)))
    text = bundle.files["/etc/dockyard/main/ops/config.json"].content
    assert json.loads(text)["metrics"]["front_version"] == version
