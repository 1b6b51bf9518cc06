"""compose.yaml of the cases that have one: Docker Compose takes it, and what it takes is what was meant."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.golden.cases import NAMES, Case, alone, material, rendered
from tests.support.docker import PLUGIN

COMPOSED = [name for name in NAMES if rendered(Case(name)).containers]
BEHIND_NGINX = [name for name in COMPOSED if Case(name).plan.settings.front == "nginx"]
BEHIND_TRAEFIK = [name for name in COMPOSED if Case(name).plan.settings.front == "traefik"]
NUMBERS = "REGISTRY_UID=998\nREGISTRY_GID=997\nFRONT_UID=996\nFRONT_GID=995\n"
needs_compose = pytest.mark.skipif(
    not PLUGIN.exists(), reason="not built: docker compose (make test-compose builds it)"
)


def rendered_compose(name: str) -> str:
    """The text of the case's compose.yaml."""
    bundle = rendered(Case(name))
    assert bundle.containers is not None
    return bundle.files[bundle.containers.file].content


def said(
    name: str, folder: Path, *command: str, numbers: str = NUMBERS
) -> "subprocess.CompletedProcess[str]":
    """`docker compose` on the case's file, which needs no daemon for it."""
    (folder / "compose.yaml").write_text(rendered_compose(name))
    (folder / ".env").write_text(numbers)
    words = [str(PLUGIN), "--file", str(folder / "compose.yaml"), *command]
    return subprocess.run(
        words, capture_output=True, text=True, timeout=60, check=False, env={"HOME": str(folder)}
    )


def services(name: str, folder: Path) -> dict[str, Any]:
    done = said(name, folder, "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def test_there_are_cases() -> None:
    assert {"root_compose", "user_compose"} <= set(COMPOSED)


@needs_compose
@pytest.mark.parametrize("name", [name for name in COMPOSED if not alone(name)])
def test_docker_compose_takes_the_file(name: str, tmp_path: Path) -> None:
    found = services(name, tmp_path)
    assert set(found) == {"registry", "front"}
    assert found["registry"]["user"] == "998:997"
    for service in found.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["pids_limit"]
        assert service["restart"] == "always"
        for mount in service["volumes"]:
            assert (mount["type"], mount["source"]) == ("bind", mount["target"])


@needs_compose
@pytest.mark.parametrize("name", BEHIND_NGINX)
def test_a_socket_is_the_only_door_of_a_registry_behind_nginx(name: str, tmp_path: Path) -> None:
    plan, found = Case(name).plan, services(name, tmp_path)
    assert not any("ports" in service for service in found.values())
    assert found["registry"]["command"] == [plan.paths.registry_socket, f"{plan.paths.etc}/registry.yml"]
    started = found["front"]["command"]
    assert started[started.index("-c") + 1] == f"{plan.paths.front}/nginx.conf"
    assert found["registry"]["network_mode"] == "none"
    writable = {mount["source"] for mount in found["front"]["volumes"] if not mount.get("read_only")}
    assert writable == {plan.paths.log, f"{plan.paths.run}/front"}
    writable = {mount["source"] for mount in found["registry"]["volumes"] if not mount.get("read_only")}
    assert writable == {plan.paths.store, f"{plan.paths.run}/registry"}


@needs_compose
@pytest.mark.parametrize("name", BEHIND_TRAEFIK)
def test_a_registry_behind_traefik_has_no_port_and_a_network_without_the_host(
    name: str, tmp_path: Path
) -> None:
    plan, found = Case(name).plan, services(name, tmp_path)
    registry, front = found["registry"], found["front"]
    assert "ports" not in registry
    assert list(registry["networks"]) == ["inside"]
    assert sorted(front["networks"]) == ["inside", "outside"]
    published = {(port["host_ip"], port["published"], port["target"]) for port in front["ports"]}
    assert published == {(address, str(plan.settings.port), 8443) for address in plan.settings.listen}
    assert front["command"] == ["--configFile", f"{plan.paths.front}/traefik.yml"]
    assert "cap_add" not in front
    assert front["user"] == "996:995"
    writable = {mount["source"] for mount in front["volumes"] if not mount.get("read_only")}
    assert writable == {plan.paths.log}
    writable = {mount["source"] for mount in registry["volumes"] if not mount.get("read_only")}
    assert writable == {plan.paths.store}
    networks = yaml.safe_load(rendered_compose(name))["networks"]
    assert networks["inside"] == {
        "internal": True,
        "driver_opts": {"com.docker.network.bridge.inhibit_ipv4": "true"},
    }


@needs_compose
def test_a_low_port_needs_one_capability_and_others_to_give_root_up(tmp_path: Path) -> None:
    front = services("root_compose", tmp_path)["front"]
    assert front["cap_add"] == ["NET_BIND_SERVICE", "SETGID", "SETPCAP", "SETUID"]
    assert front["entrypoint"][:4] == ["setpriv", "--reuid=996", "--regid=995", "--groups=997"]


@needs_compose
def test_limits_images_and_every_awkward_character_arrive(tmp_path: Path) -> None:
    found = services("user_compose", tmp_path)
    assert found["front"]["user"] == "996:995"
    assert "cap_add" not in found["front"]
    assert found["front"]["image"] == "mirror.example.com:5000/library/nginx:1.30.5"
    assert found["registry"]["image"].startswith("registry:3.1.1@sha256:")
    for service in found.values():
        assert (service["mem_limit"], service["cpus"]) == (str(512 << 20), 1.5)


@needs_compose
def test_without_the_numbers_of_accounts_it_is_refused(tmp_path: Path) -> None:
    done = said("root_compose", tmp_path, "config", numbers="")
    assert done.returncode
    assert "run dockyard up" in done.stderr


@pytest.mark.parametrize("name", COMPOSED)
def test_it_is_yaml_with_nothing_secret(name: str) -> None:
    text = rendered_compose(name)
    assert yaml.safe_load(text)["name"] == "dockyard-main"
    assert material(()).http_secret not in text
    assert "PASSWORD" not in text.upper().replace("PASSWORDS.SOCK", "")
