"""podman in Docker's place, run by root: what it says otherwise, what it does by itself, and what it leaves to others."""

import json
import os
import signal
from pathlib import Path

import pytest
from dockyard.errors import DockyardError
from dockyard.ops import processes
from dockyard.self_hosted.choice import choose
from dockyard.self_hosted.docker import engine, refusal

from tests.support.composed import SERVICES, Composed
from tests.support.docker import IMAGES, PROGRAMS
from tests.support.instance import PASSWORDS, wait_until
from tests.support.podman import Podman
from tests.support.processes import statuses

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("podman"),
]
NO_CAPABILITY = "0" * 16


def test_docker_compose_by_hand_finds_nothing_to_do(lab: Composed) -> None:
    before = lab.starts()
    lab.by_hand()
    assert lab.starts() == before


def test_the_audit_log_names_the_client_s_own_address(lab: Composed) -> None:
    entry = lab.audited("reader", "/v2/pub/nowhere/tags/list")
    assert (entry["user"], entry["address"]) == ("reader", "127.0.0.1")


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(lab: Composed, service: str) -> None:
    described = lab.container(service)
    host = described["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert host["Memory"] == host["MemorySwap"] == 1 << 30
    assert host["NanoCpus"] == 1_000_000_000
    assert host["PidsLimit"] == 512
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["NetworkMode"] == ("none" if service == "registry" else "host")
    assert all(mount["Type"] == "bind" for mount in described["Mounts"]), "no volume without a name"
    configuration = {"registry": "registry.yml", "front": "front/nginx.conf"}[service]
    inside = processes.of(Path("/nonexistent"), f"{lab.plan.paths.etc}/{configuration}")
    known = [found for found in statuses(inside) if found["Name"] != "conmon"]
    assert len(known) >= 2
    for found in known:
        assert "0" not in found["Uid"].split(), found["Name"]
        assert found["CapEff"] == found["CapPrm"] == found["CapBnd"] == NO_CAPABILITY
        assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")


def test_its_inspect_and_the_environment_hold_no_secret(lab: Composed) -> None:
    shown = json.dumps([lab.container(service) for service in SERVICES])
    assert lab.material is not None
    secrets = [lab.material.http_secret, *PASSWORDS.values(), *lab.material.htpasswd.values()]
    assert [secret for secret in (*secrets, "PRIVATE KEY") if secret in shown] == []


def test_a_paused_container_is_found_and_mended(lab: Composed) -> None:
    lab.daemon.said("container", "pause", lab.ids()["registry"])
    assert lab.changes()
    lab.up()
    assert lab.instance.answers()
    assert lab.up().changes == {}


def test_the_doctor_names_it_and_asks_the_checks_that_nobody_has_run(lab: Composed) -> None:
    """podman has systemd run them."""

    def told() -> tuple[str, str]:
        checks = lab.operation("doctor").result["checks"]
        return next((one["status"], one["evidence"]) for one in checks if one["name"] == "containers")

    assert told() == ("ok", f"{named(lab)}: registry and front run and are not unhealthy")
    store = Path(lab.plan.paths.store)
    owner = store.stat().st_uid
    os.chown(store, 0, 0)
    try:
        wait_until(lambda: told()[0] == "failure", "the doctor to see the store", seconds=120)
        assert told()[1].startswith("registry is not healthy: dd: ")
    finally:
        os.chown(store, owner, -1)
        lab.up()


def named(lab: Composed) -> str:
    found = engine({**os.environ, **lab.daemon.environment})
    assert found is not None
    assert found.podman
    assert not found.rootless
    return f"podman {found.version}"


def test_the_log_of_a_container_that_does_not_run_is_shown(
    lab: Composed, podman: Podman, tmp_path: Path
) -> None:
    broken = tmp_path / "nginx"
    broken.write_text('#!/bin/sh\n[ "$1" != -t ] || exit 0\necho this front does not start >&2\nexit 1\n')
    podman.load("broken:1", {**PROGRAMS["nginx"], "/usr/sbin/nginx": str(broken)})
    said = lab.refused(images={**IMAGES, "nginx": "broken:1"})
    assert "container-front" in said
    assert "this front does not start" in said
    lab.up()
    wait_until(lab.instance.answers, "the registry to be as before")
    assert lab.up().changes == {}


def test_containers_need_no_service_of_podman_s(lab: Composed, podman: Podman) -> None:
    """What looks after a container starts it again by itself."""
    image = lab.push("team/alone", "v1", b"alone" * 1000)
    pid = int(lab.container("registry")["State"]["Pid"])
    podman.kill()
    try:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not lab.registry.pulls(image) or pid_of(podman, lab) != pid, "its end")
        wait_until(lab.instance.answers, "the registry to be back", seconds=120)
        assert lab.registry.pulls(image)
        with pytest.raises(DockyardError) as error:
            lab.up()
        assert "does not answer" in error.value.message
        assert "is taken" not in error.value.message, "nobody says by what"
        assert "systemctl enable --now podman.socket" in error.value.hint
    finally:
        podman.start()
    assert lab.up().changes == {}


def pid_of(podman: Podman, lab: Composed) -> int:
    name = f"dockyard-{lab.name}-registry-1"
    return int(podman.podman("container", "inspect", "--format", "{{.State.Pid}}", name))


def test_after_a_boot_the_registry_is_there_again(lab: Composed, podman: Podman) -> None:
    image = lab.push("team/boot", "v1", b"boot" * 1000)
    podman.boot()
    wait_until(lab.instance.answers, "the registry to answer", seconds=120)
    assert lab.registry.pulls(image)
    lab.up()
    assert lab.up().changes == {}


def test_a_new_registry_takes_it_unasked_only_where_everything_is_kept(lab: Composed) -> None:
    environment = {**os.environ, **lab.daemon.environment}
    assert refusal(environment) is None
    found = choose("/nonexistent", IMAGES.values(), environment=environment)
    systemd = Path("/run/systemd/system").is_dir()
    assert found.docker == systemd
    assert ("podman answers in Docker's place" if systemd else "not compose: podman checks health") in (
        found.reason
    )
