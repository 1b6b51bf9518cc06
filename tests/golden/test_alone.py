"""The cases without a front: what Docker Compose takes, and what the registry takes of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.golden.cases import NAMES, Case, alone, material, rendered
from tests.golden.test_accepted import contents
from tests.golden.test_compose import needs_compose, services

ALONE = [name for name in NAMES if alone(name)]


def test_there_are_cases() -> None:
    assert {"root_alone", "user_alone"} <= set(ALONE)


@needs_compose
@pytest.mark.parametrize("name", ALONE)
def test_docker_compose_takes_the_file(name: str, tmp_path: Path) -> None:
    paths = Case(name).plan.paths
    found = services(name, tmp_path)
    assert set(found) == {"registry"}
    registry = found["registry"]
    assert (registry["user"], registry["network_mode"]) == ("998:997", "host")
    assert (registry["read_only"], registry["cap_drop"], "cap_add" in registry) == (True, ["ALL"], False)
    assert registry["security_opt"] == ["no-new-privileges:true"]
    assert (registry["restart"], registry["pids_limit"]) == ("always", 512)
    assert "ports" not in registry
    assert registry["command"] == [paths.read_only, f"{paths.etc}/registry.yml"]
    assert {mount["source"] for mount in registry["volumes"] if not mount.get("read_only")} == {paths.store}
    for mount in registry["volumes"]:
        assert (mount["type"], mount["source"]) == ("bind", mount["target"])


def variables(name: str, folder: Path) -> dict[str, Any]:
    """As the registry reads them: each is YAML."""
    found = services(name, folder)["registry"]["environment"]
    # What Docker Compose prints is a file for it again.
    return {key: yaml.safe_load(value.replace("$$", "$")) for key, value in found.items()}


@needs_compose
@pytest.mark.parametrize("name", ALONE)
def test_what_it_is_told_arrives(name: str, tmp_path: Path) -> None:
    plan, found = Case(name).plan, variables(name, tmp_path)
    assert found["REGISTRY_AUTH"] == "htpasswd"
    assert found["REGISTRY_HTTP_ADDR"] == plan.settings.listen_addresses[0]
    folder = plan.paths.registry
    assert found["REGISTRY_AUTH_HTPASSWD_PATH"] == f"{folder}/htpasswd"
    assert found["REGISTRY_HTTP_TLS_CERTIFICATE"] == f"{folder}/certificate.pem"
    assert found["REGISTRY_HTTP_TLS_KEY"] == f"{folder}/private.key"
    given = dict(plan.settings.environment)
    assert {key: found[key] for key in given} == given
    realm = "REGISTRY_AUTH_HTPASSWD_REALM"
    assert found[realm] == given.get(realm, "Registry Realm")


@pytest.mark.parametrize("name", ALONE)
def test_files_hold_what_is_secret_and_only_the_registry_reads_them(name: str) -> None:
    plan, bundle = Case(name).plan, rendered(Case(name))
    held, folder = contents(plan), plan.paths.registry
    assert held[f"{folder}/htpasswd"].splitlines() == sorted(
        material(tuple(user.name for user in plan.settings.users)).htpasswd.values()
    )
    for file in ("htpasswd", "private.key", "certificate.pem"):
        found = bundle.files[f"{folder}/{file}"]
        assert (found.owner, found.mode) == (plan.registry_account, 0o600)
    read = yaml.safe_load(held[f"{plan.paths.etc}/registry.yml"])
    assert read["http"]["secret"] == material(()).http_secret
    assert not {"net", "addr"} & set(read["http"])
    assert read["storage"]["filesystem"]["rootdirectory"] == plan.paths.store
    assert ("readonly" in read["storage"]["maintenance"]) == plan.settings.read_only


@pytest.mark.parametrize("name", ALONE)
def test_nothing_of_a_front_is_left(name: str) -> None:
    plan, bundle = Case(name).plan, rendered(Case(name))
    assert [it for it in (*bundle.files, *bundle.directories) if "/front" in it] == []
    assert "dockyard-front" not in {account.name for account in bundle.accounts}
    assert [it.container for it in bundle.services if it.container] == ["registry"]
    assert {check.name for check in bundle.checks} == {"run folder"}
    assert bundle.requires.ports == plan.settings.listen_addresses
    assert bundle.containers is not None
    assert len(bundle.containers.images) == 1
    htpasswd = f"{plan.paths.registry}/htpasswd"
    for service in bundle.services:
        assert htpasswd not in (*service.restart_on, *service.reload_on), "a new user restarts nothing"
