"""The registry's version and program: what may be asked for, and what is rendered for each."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from dockyard.errors import DockyardError, ProblemsError
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.programs import services
from dockyard.self_hosted.registry_keys import key_problems
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

GOOD: dict[str, Any] = {"domain": "registry.example.com", "users": {"ci": {"push": ["**"]}}}
THREE = {"version": "3", "program": "/usr/local/bin/registry"}
ROOT = HostFacts(True, True, "/run", "/state", "/usr/bin/python3")
NO_PATH = "program: is not an absolute path without special characters: "
EXAMPLE = "such as /usr/local/bin/registry"


def plan(**settings: Any) -> Plan:
    return Plan(read_settings({**GOOD, **settings}, "test"), ROOT, "main")


def configuration(made: Plan) -> dict[str, Any]:
    material = Material({"ci": "ci:x"}, "certificate", "key", "upload secret")
    text = secret_contents(made, material)[f"{made.paths.etc}/registry.yml"]
    return dict(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("settings", "problem", "hint"),
    [
        ({"version": "4"}, "version: must be one of 2, 3, got '4'", ""),
        ({"version": 3}, "version: must be text, got 3", ""),
        ({"program": 3}, "program: must be text, got 3", ""),
        ({"program": "registry"}, f"{NO_PATH}'registry'", EXAMPLE),
        ({"program": "/opt/../registry", "version": "3"}, f"{NO_PATH}'/opt/../registry'", EXAMPLE),
        ({"program": "/opt/a b"}, f"{NO_PATH}'/opt/a b'", EXAMPLE),
        ({"upgrade": {"allow": True}}, "upgrade/allow: unknown key", "known keys: allow_without_backup"),
        (
            {"upgrade": {"allow_without_backup": "yes"}},
            "upgrade/allow_without_backup: must be true or false, got 'yes'",
            "",
        ),
    ],
    ids=str,
)
def test_a_bad_version_is_told_in_full(settings: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        plan(**settings)
    assert str(caught.value) == f"test: 1 problem\n  {problem}" + (f"\nhint: {hint}" if hint else "")


def test_version_2_is_the_distribution_s_and_its_configuration_is_known_to_it() -> None:
    made = plan()
    bundle = render(made)
    assert "docker-registry" in bundle.packages
    assert "/usr/bin/docker-registry" in bundle.requires.binaries
    assert not key_problems("2", configuration(made))
    assert "tags" not in configuration(made)


def test_version_3_is_a_program_of_one_s_own_that_sends_no_traces() -> None:
    made = plan(**THREE)
    bundle = render(made)
    assert "docker-registry" not in bundle.packages
    assert not any("registry" in path for path in bundle.requires.binaries)
    registry = services(made)[0]
    assert registry.environment == {"OTEL_TRACES_EXPORTER": "none"}
    assert "/usr/local/bin/registry" in registry.command
    unit = bundle.files["/etc/systemd/system/dockyard-main-registry.service"].content
    assert 'Environment="OTEL_TRACES_EXPORTER=none"' in unit
    assert not key_problems("3", configuration(made))


@pytest.mark.parametrize("settings", [{}, THREE], ids=["2", "3"])
def test_deletes_are_on_and_nothing_listens_beside_the_socket(settings: dict[str, Any]) -> None:
    found = configuration(plan(**settings))
    assert found["storage"]["delete"] == {"enabled": True}
    assert found["storage"]["redirect"] == {"disable": True}
    assert "debug" not in found["http"]
    assert found["http"]["net"] == "unix"
    assert "redis" not in found


@pytest.mark.parametrize(
    ("version", "change", "problem"),
    [
        ("2", {"tags": {"maxtags": 1000}}, "tags is no key of registry 2"),
        ("3", {"compatibility": {"schema1": {"enabled": True}}}, "compatibility is no key of registry 3"),
        ("3", {"redis": {"addr": "localhost:6379"}}, "redis is no key of registry 3"),
        ("2", {"http": {"debug": {"addr": ":5001"}}}, "http.debug is no key of registry 2"),
        ("3", {"storage": {"swift": {}}}, "storage.swift is no key of registry 3"),
        ("2", {"storage": {"delete": {"enabled": "yes"}}}, "storage.delete.enabled must be of type bool"),
        ("2", {"log": "warn"}, "log must be a mapping"),
        ("2", {"storage": {"delete": {"enable": True}}}, "storage.delete.enable is no key of registry 2"),
    ],
)
def test_a_key_that_the_version_would_pass_over_is_told(
    version: str, change: dict[str, Any], problem: str
) -> None:
    assert key_problems(version, change) == [problem]


def test_a_program_that_units_do_not_see_is_refused() -> None:
    with pytest.raises(
        DockyardError, match="program: units of systemd have no access to /home/me/go/bin/registry"
    ):
        render(plan(version="3", program="/home/me/go/bin/registry"))
    made = plan(version="3", program="/home/me/go/bin/registry", runtime="supervisor")
    assert render(replace(made, facts=replace(ROOT, root=False))).registry is not None
