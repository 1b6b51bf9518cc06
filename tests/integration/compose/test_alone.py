"""A registry without a front: one container on loopback, used, looked at, changed, mended."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.alone import USERS, Alone, single
from tests.support.deployed import Main
from tests.support.docker import Daemon
from tests.support.images import MANIFEST, Image
from tests.support.instance import PASSWORDS, new_material, wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker-alone"),
]


@pytest.fixture(scope="module")
def lab(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A registry that is up."""
    with single(daemon, tmp_path_factory.mktemp("single")).cleared() as made:
        made.up()
        yield made


def test_who_has_a_password_may_do_everything_and_nobody_else_anything(lab: Alone) -> None:
    image = lab.push("team/app", "v1", os.urandom(1 << 20))
    with lab.client("admin") as admin:
        assert "team/app" in admin.get("/v2/_catalog").json()["repositories"]
        answer = admin.get(f"/v2/team/app/blobs/{image.layer}")
        assert (answer.content, answer.headers["X-Content-Type-Options"]) == (image.content, "nosniff")
        assert admin.delete(f"/v2/team/app/manifests/{image.digest}").status_code == 202
    for user, password in ((None, None), ("ci", "wrong"), ("stranger", "x"), ("docker", "")):
        with lab.client(user, password) as client:
            for path in ("", "_catalog", "team/app/manifests/v1", f"team/app/blobs/{image.layer}"):
                assert client.get(f"/v2/{path}").status_code == 401, (user, path)
            assert client.post("/v2/team/app/blobs/uploads/").status_code == 401, user


def test_a_password_is_asked_for_by_tls_alone(lab: Alone) -> None:
    port = lab.plan.settings.port
    plain = httpx.get(f"http://127.0.0.1:{port}/v2/")
    assert (plain.status_code, "HTTPS" in plain.text) == (400, True)


def test_it_listens_on_loopback_and_nowhere_else(lab: Alone) -> None:
    port = f":{lab.plan.settings.port:04X}"
    tables = (Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6"))
    fields = [line.split() for table in tables for line in table.splitlines()]
    assert [it[1] for it in fields if it[1].endswith(port) and it[3] == "0A"] == [f"0100007F{port}"]


def test_the_container_is_the_seed_s_and_may_do_little(lab: Alone) -> None:
    assert set(lab.ids()) == {"registry"}
    described = lab.container("registry")
    host, config = described["HostConfig"], described["Config"]
    assert int(config["User"].partition(":")[0]) > 0
    assert (host["ReadonlyRootfs"], host["Privileged"], host["CapAdd"]) == (True, False, None)
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (1 << 30, 1_000_000_000, 512)
    assert not host["PortBindings"]
    written = [it["Destination"] for it in described["Mounts"] if it["RW"]]
    assert written == [lab.plan.paths.store]
    assert all(it["Type"] == "bind" for it in described["Mounts"])
    variables = dict(entry.split("=", 1) for entry in config["Env"])
    folder = lab.plan.paths.registry
    assert {name: variables[name] for name in variables if name.startswith("REGISTRY_")} == {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_PATH": f"{folder}/htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": "Registry Realm",
        "REGISTRY_HTTP_ADDR": f"127.0.0.1:{lab.plan.settings.port}",
        "REGISTRY_HTTP_TLS_CERTIFICATE": f"{folder}/certificate.pem",
        "REGISTRY_HTTP_TLS_KEY": f"{folder}/private.key",
        "REGISTRY_HTTP_TLS_MINIMUMTLS": "tls1.2",
    }
    shown = json.dumps(described)
    assert lab.material is not None
    for secret in (lab.material.http_secret, *PASSWORDS.values(), *lab.material.htpasswd.values(), "PRIVATE"):
        assert secret not in shown


def test_no_process_of_it_is_root_s_or_has_a_capability(lab: Alone) -> None:
    listed = lab.inside("registry")
    assert len(listed) >= 2
    for found in listed:
        assert "0" not in found["Uid"].split()
        assert {found[key] for key in ("CapEff", "CapPrm", "CapBnd")} == {"0" * 16}


def test_a_second_up_and_docker_compose_by_hand_find_nothing_to_do(lab: Alone) -> None:
    before = lab.starts()
    assert lab.up().changes == {}
    assert lab.lines == []
    lab.daemon.said("compose", "--file", f"{lab.plan.paths.etc}/compose.yaml", "up", "--detach")
    assert lab.starts() == before


def test_a_new_user_restarts_nothing(lab: Alone) -> None:
    before = lab.running()
    with lab.client("late") as late:
        assert late.get("/v2/").status_code == 401
        lab.up(users={**USERS, "late": {"admin": True}})
        assert late.get("/v2/").status_code == 200
        lab.up(users=USERS)
        assert late.get("/v2/").status_code == 401
    assert lab.answers()
    assert lab.running() == before


def test_a_variable_is_changed_and_taken_away(lab: Alone) -> None:
    lab.up(environment={"REGISTRY_AUTH_HTPASSWD_REALM": "on: 'all'", "REGISTRY_LOG_LEVEL": "warn"})
    with lab.client() as nobody:
        assert nobody.get("/v2/").headers["WWW-Authenticate"] == "Basic realm=\"on: 'all'\""
    assert "REGISTRY_LOG_LEVEL=warn" in lab.container("registry")["Config"]["Env"]
    assert lab.up().changes == {}
    del lab.settings["environment"]
    lab.up()
    assert lab.up().changes == {}


@pytest.mark.parametrize("name", ["registry.yml", "registry/htpasswd"])
def test_a_file_that_strayed_is_told_and_mended(lab: Alone, name: str) -> None:
    path = Path(lab.plan.paths.etc, name)
    good = path.read_bytes()
    path.write_bytes(b"strayed: true\n")
    assert f"drift: {path} was edited" in (lab.changes() and lab.lines)
    lab.up()
    assert path.read_bytes() == good
    with lab.client("ci") as client:
        assert client.get("/v2/").status_code == 200
    assert lab.up().changes == {}


@pytest.mark.parametrize("fate", ["rm", "update"])
def test_what_becomes_of_the_container_is_found_and_mended(lab: Alone, fate: str) -> None:
    options = {"rm": ["-f"], "update": ["--cpus=0.3"]}.get(fate, [])
    lab.daemon.said("container", fate, *options, lab.ids()["registry"])
    assert lab.changes()
    lab.up()
    assert lab.answers()
    assert lab.container("registry")["HostConfig"]["NanoCpus"] == 1_000_000_000
    assert lab.up().changes == {}


def back(lab: Alone, victim: Main) -> bool:
    """Whether another process has its role."""
    found = lab.running()
    return victim not in found and any(main.role == victim.role for main in found)


def test_what_is_killed_comes_back_by_itself_and_nothing_is_lost(lab: Alone) -> None:
    image = lab.push("team/killed", "v1", b"killed" * 1000)
    for role in [main.role for main in lab.running()]:
        (victim,) = (main for main in lab.running() if main.role == role)
        os.kill(victim.pid, 9)
        wait_until(lambda victim=victim: back(lab, victim) and lab.answers(), f"{role} to be back", 120)
        assert lab.registry.pulls(image), role
    wait_until(lambda: not lab.changes(), "everything to be as it was", seconds=120)


def test_a_registry_that_asks_for_no_password_is_unhealthy(lab: Alone) -> None:
    """The check of its health, with the one thing changed that must not be."""
    kind, test = lab.container("registry")["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD-SHELL"
    shell = ("exec", lab.ids()["registry"], "/bin/sh", "-c")
    assert lab.daemon.run(*shell, test).returncode == 0
    done = lab.daemon.run(*shell, test.replace("/v2/", "/"))
    assert (done.returncode, "no 401 for who does not sign in" in done.stdout) == (1, True)


def test_another_certificate_is_served(lab: Alone) -> None:
    assert lab.material is not None
    renewed, authority = new_material(lab.settings)
    (lab.folder / "ca.crt").write_text(authority)
    assert not lab.answers()
    lab.material = replace(lab.material, certificate=renewed.certificate, private_key=renewed.private_key)
    lab.up()
    assert lab.answers()
    assert lab.up().changes == {}


def test_after_a_backup_the_whole_store_may_be_lost(lab: Alone) -> None:
    images = [lab.push(f"kept/app{number}", "v1", os.urandom(50_000)) for number in range(2)]
    lab.operations("backup")
    assert lab.operations("drill")["broken"] == []
    lab.said("rm", "-r", f"{lab.plan.paths.store}/docker")
    assert not any(lab.registry.pulls(image) for image in images)
    assert lab.operations("restore")["warnings"] == []
    wait_until(lab.takes_writes, "writes to be let in again")
    assert all(lab.registry.pulls(image) for image in images)
    assert lab.registry.pulls(lab.push("kept/after", "v1", b"pushed after the restore"))
    assert lab.up().changes == {}
    assert lab.operations("scrub", "--whole")["broken"] == []


def test_garbage_collection_frees_what_was_deleted_and_writes_come_back(lab: Alone) -> None:
    stays, goes = (lab.push(f"{name}/app", "v1", os.urandom(50_000)) for name in ("stays", "goes"))
    with lab.client("admin") as admin:
        assert admin.delete(f"/v2/goes/app/manifests/{goes.digest}").status_code == 202
    lab.operations("backup")
    assert lab.operations("gc")["broken"] == []
    assert not lab.registry.blob(goes.layer).exists()
    assert not lab.switch.exists()
    wait_until(lab.takes_writes, "writes to be let in again")
    assert lab.registry.pulls(stays)
    assert lab.up().changes == {}


def registry(lab: Alone) -> int:
    return next(main.pid for main in lab.running() if main.role == "registry")


def test_while_the_store_is_changed_writes_are_refused_and_pulls_go_on(lab: Alone) -> None:
    image = lab.push("team/pulled", "v1", b"pulled")
    lab.switch.write_text("dockyard: while an operation changes the store\n")
    os.kill(registry(lab), signal.SIGTERM)
    wait_until(lambda: lab.answers() and not lab.takes_writes(), "the registry to refuse writes", seconds=120)
    with lab.client("ci") as client:
        wait_until(lab.answers, "the registry to be back", seconds=120)
        assert client.post("/v2/team/pulled/blobs/uploads/").status_code == 405
        got = client.get("/v2/team/pulled/manifests/v1", headers={"Accept": MANIFEST})
        assert got.headers["Docker-Content-Digest"] == image.digest
    assert lab.up().changes == {}, "the next up lets it be"
    lab.switch.unlink()
    wait_until(lab.takes_writes, "writes to be let in again")


def refuses(lab: Alone) -> bool:
    return lab.switch.exists() and lab.answers() and not lab.takes_writes()


def pulls(lab: Alone, image: Image) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return lab.registry.pulls(image)
    return False


@pytest.mark.parametrize("moment", [lambda lab: lab.switch.exists(), refuses], ids=["closing", "closed"])
def test_a_collection_that_is_killed_lets_writes_in_again(
    lab: Alone, moment: Callable[[Alone], bool]
) -> None:
    image = lab.push("team/survives", "v1", b"survives")
    lab.operations("backup")
    collector = Path(lab.plan.registry_program)
    program = collector.read_bytes()
    collector.write_bytes(b"#!/bin/sh\nexec sleep 300\n")
    try:
        with lab.registry.start("gc") as started:
            wait_until(lambda: moment(lab), "the moment", seconds=120)
            started.kill()
    finally:
        collector.write_bytes(program)
    wait_until(lambda: not lab.switch.exists(), "the switch to go")
    # One that was told to end may take a last write.
    wait_until(lambda: lab.takes_writes() and pulls(lab, image), "writes to be let in again", seconds=120)
    assert lab.operations("gc")["broken"] == []
    wait_until(lab.takes_writes, "writes to be let in again", seconds=120)
    assert lab.up().changes == {}


def test_the_doctor_sees_what_is_well_and_what_is_not(lab: Alone) -> None:
    wait_until(lab.answers, "an answer")
    found = {check["name"]: check for check in lab.operations("doctor")["checks"]}
    assert [check for check in found.values() if check["status"] == "failure"] == []
    assert not {"front runs", "configuration"} & set(found)
    for name in (
        "registry runs",
        "registry answers",
        "ports",
        "certificate",
        "containers",
        "permissions",
        "writes",
    ):
        assert found[name]["status"] == "ok", found[name]
    lab.daemon.said("container", "stop", lab.ids()["registry"])
    found = {check["name"]: check for check in lab.operations("doctor")["checks"]}
    for name in ("registry runs", "registry answers", "ports", "containers"):
        assert found[name]["status"] == "failure", found[name]
    lab.up()


def test_what_needs_a_front_says_so(lab: Alone) -> None:
    done = lab.operation("audit")
    assert (done.code, done.error) == (1, "without a front nothing is written of who did what")
