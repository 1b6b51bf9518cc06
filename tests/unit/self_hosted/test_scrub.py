"""The setting `scrub`: when blobs are read again, and how fast."""

import json

import pytest
from dockyard.errors import ProblemsError
from dockyard.ops.settings import load
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python="/venv/python")
BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}
DAY = 86400


def configuration(**more):
    plan = Plan(read_settings({**BASE, **more}, "test"), FACTS, "main")
    return json.loads(render(plan).files["/etc/dockyard/main/ops/config.json"].content)


def test_every_blob_is_read_once_in_thirty_days_with_and_without_backups():
    for more in ({}, {"backup": {}}):
        found = configuration(**more)
        assert (found["every"]["scrub"], found["scrub_rate"]) == (30 * DAY, 50 << 20)


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("300K", 300 << 10), ("5M", 5 << 20), ("2G", 2 << 30)])
def test_the_rate_is_a_size(text, count, tmp_path):
    found = configuration(scrub={"bytes_per_second": text, "every_days": 7})
    assert found["every"]["scrub"] == 7 * DAY
    file = tmp_path / "config.json"
    file.write_text(json.dumps(found))
    assert load(file).scrub_rate == count


def test_zero_days_is_never():
    assert not configuration(scrub={"every_days": 0})["every"].get("scrub")


@pytest.mark.parametrize("rate", ["0", "fast", "-5M", "50 M", "5T", "", 50])
def test_all_problems_are_told(rate):
    with pytest.raises(ProblemsError) as refused:
        configuration(scrub={"bytes_per_second": rate, "every_days": 400, "often": True})
    assert all(f"scrub/{key}" in str(refused.value) for key in ("bytes_per_second", "every_days", "often"))
