"""A registry in containers: used, looked at, changed, mended."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.composed import SERVICES, Composed
from tests.support.instance import PASSWORDS, wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker"),
]
NO_CAPABILITY = "0" * 16


def test_docker_compose_by_hand_finds_nothing_to_do(lab: Composed) -> None:
    before = lab.starts()
    lab.by_hand()
    assert lab.starts() == before


def test_the_audit_log_names_the_client_s_own_address(lab: Composed) -> None:
    entry = lab.audited("reader", "/v2/pub/nowhere/tags/list")
    assert (entry["user"], entry["address"]) == ("reader", "127.0.0.1")


def test_the_status_page_is_made_on_the_host_and_served_by_the_container(lab: Composed) -> None:
    lab.push("pub/shown", "v1", b"for the page")
    lab.operations("inventory")
    with lab.client("reader") as reader, lab.client() as nobody:
        answer = reader.get("/status")
        assert (answer.status_code, "pub/shown" in answer.text) == (200, True)
        assert nobody.get("/status").status_code == 401


def test_logs_are_put_aside_and_the_container_begins_new_ones(lab: Composed) -> None:
    logs, before = Path(lab.plan.paths.log), lab.starts()
    with lab.client("reader") as reader:
        for name in ("before", "after"):
            reader.get(f"/v2/pub/{name}/tags/list")
            lab.logged(f"/v2/pub/{name}/")
            lab.operations("rotate", "--force")
        reader.get("/v2/pub/now/tags/list")
    lab.logged("pub/now")
    aside = [gzip.decompress(path.read_bytes()).decode() for path in logs.glob("audit.log?*")]
    for name in ("before", "after"):
        assert sum(text.count(f"/v2/pub/{name}/tags/list") for text in aside) == 1
    assert (lab.changes(), lab.starts()) == ({}, before)


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(lab: Composed, service: str) -> None:
    described = lab.container(service)
    host, config = described["HostConfig"], described["Config"]
    user, _, group = config["User"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert not host["Privileged"]
    assert host["Memory"] == host["MemorySwap"] == 1 << 30
    assert host["NanoCpus"] == 1_000_000_000
    assert host["PidsLimit"] == 512
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "5", "max-size": "20m"}}
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["NetworkMode"] == ("none" if service == "registry" else "host")
    assert not host["PortBindings"]
    assert all(mount["Type"] == "bind" for mount in described["Mounts"]), "no volume without a name"
    assert not any("docker.sock" in mount["Source"] for mount in described["Mounts"])


@pytest.mark.parametrize("service", SERVICES)
def test_no_process_of_a_container_is_root_s_or_has_a_capability(lab: Composed, service: str) -> None:
    found = lab.inside(service)
    assert len(found) >= 2
    for each in found:
        assert set(each["Uid"].split()) & {"0"} == set(), each["Name"]
        assert each["CapEff"] == each["CapPrm"] == each["CapBnd"] == NO_CAPABILITY
        assert each["NoNewPrivs"] == "1"
        assert each["Seccomp"] == "2"


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_cannot_write_but_where_it_must(lab: Composed, service: str) -> None:
    places = {
        "registry": [lab.plan.paths.store, f"{lab.plan.paths.run}/registry"],
        "front": [lab.plan.paths.log, f"{lab.plan.paths.run}/front"],
    }
    for path in (
        "/",
        "/etc",
        "/var",
        "/usr/bin",
        lab.plan.paths.front,
        lab.plan.paths.store,
        lab.plan.paths.run,
    ):
        if path not in places[service]:
            tried = lab.daemon.run("exec", lab.ids()[service], "/bin/sh", "-c", f"echo > {path}/x")
            assert tried.returncode, path


def test_docker_inspect_and_the_environment_hold_no_secret(lab: Composed) -> None:
    shown = json.dumps([lab.container(service) for service in SERVICES])
    assert lab.material is not None
    secrets = [lab.material.http_secret, *PASSWORDS.values(), *lab.material.htpasswd.values()]
    for secret in (*secrets, "PRIVATE KEY"):
        assert secret not in shown
    for service in SERVICES:
        environment = [entry.partition("=")[0] for entry in lab.container(service)["Config"]["Env"]]
        assert set(environment) <= {"PATH", "OTEL_TRACES_EXPORTER", "GLIBC_TUNABLES"}


def test_a_limit_is_changed_in_both_and_the_images_stay(lab: Composed) -> None:
    image = lab.push("team/limits", "v1", b"stays")
    lab.up(memory_limit="512M", cpu_limit=50)
    for service in SERVICES:
        host = lab.container(service)["HostConfig"]
        assert (host["Memory"], host["NanoCpus"]) == (512 << 20, 500_000_000)
    assert lab.registry.pulls(image)
    del lab.settings["memory_limit"], lab.settings["cpu_limit"]
    lab.up()
    assert lab.up().changes == {}


def test_a_changed_registry_configuration_restarts_the_registry_alone(lab: Composed) -> None:
    before = lab.starts()
    path = Path(lab.plan.paths.etc) / "registry.yml"
    path.write_text(path.read_text() + "# edited\n")
    assert lab.up().changes
    after = lab.starts()
    assert after["front"] == before["front"]
    assert after["registry"][0] == before["registry"][0], "the same container"
    assert after["registry"][1] != before["registry"][1], "started again"
    assert lab.up().changes == {}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("fate", ["pause", "rm", "update"])
def test_what_becomes_of_a_container_is_found_and_mended(lab: Composed, service: str, fate: str) -> None:
    fates = {
        "pause": ("pause",),
        "rm": ("rm", "-f"),
        "update": ("update", "--cpus=0.3"),
    }
    lab.daemon.said("container", *fates[fate], lab.ids()[service])
    assert lab.changes()
    lab.up()
    assert lab.instance.answers()
    assert lab.container(service)["HostConfig"]["NanoCpus"] == 1_000_000_000
    assert lab.up().changes == {}


def test_edited_and_removed_files_are_mended(lab: Composed) -> None:
    etc = Path(lab.plan.paths.etc)
    program = Path(lab.plan.registry_program)
    (etc / "compose.yaml").write_text("services: {}\n")
    (etc / ".env").unlink()
    (etc / "front" / "access.conf").write_text("")
    program.write_bytes(b"other")
    before = lab.starts()
    assert lab.changes()
    lab.up()
    assert program.stat().st_size > 1 << 20
    assert lab.starts() == before, "what runs had loaded the right files, or could load them anew"
    assert lab.up().changes == {}


def test_a_folder_that_was_made_anew_is_seen(lab: Composed) -> None:
    """A container goes on with the folder that it was started with."""
    run = Path(lab.plan.paths.run)
    (run / "registry").rename(run / "moved")
    assert lab.changes()
    lab.up()
    wait_until(lab.instance.answers, "the registry to be reached by its new socket")
    subprocess.run(["rm", "-r", str(run / "moved")], check=True)
    assert lab.up().changes == {}
