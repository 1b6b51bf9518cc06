"""Who reaches what: the registry only Traefik, Traefik everybody by the address that is their own."""

import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.clients import Skopeo
from tests.support.composed import SERVICES, Composed
from tests.support.instance import PASSWORDS
from tests.support.layout import digests, write_layout
from tests.support.traefik import CLIENT, CLONE_NEWNET, SERVER, Net
from tests.support.wire import Wire

pytestmark = [
    pytest.mark.integration,
    pytest.mark.traefik,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("traefik"),
]
ETH_P_ALL = 3
NO_CAPABILITY = "0" * 16


def addresses(lab: Composed, service: str) -> list[str]:
    networks = lab.container(service)["NetworkSettings"]["Networks"].values()
    return [each[key] for each in networks for key in ("IPAddress", "GlobalIPv6Address") if each.get(key)]


def reaches(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), 3):
            return True
    except OSError:
        return False


def test_this_host_has_no_way_to_the_registry_but_through_its_front(lab: Composed) -> None:
    (own,) = addresses(lab, "registry")
    assert not reaches(own, 5000)
    assert not reaches("127.0.0.1", 5000)
    assert lab.container("registry")["NetworkSettings"]["Ports"] == {}
    bridge = lab.daemon.said("network", "inspect", f"dockyard-{lab.name}_inside")
    described = json.loads(bridge)[0]
    assert described["Internal"]
    assert not described["EnableIPv6"]
    link = f"br-{described['Id'][:12]}"
    listed = lab.said("ip", "-4", "-oneline", "address", "show", "dev", link)
    assert listed == "", "the host has no address in the registry's network"
    inside = Path(f"/proc/{lab.container('registry')['State']['Pid']}/net/if_inet6")
    assert {line.split()[-1] for line in inside.read_text().splitlines()} <= {"lo"}, "nor by IPv6"


def test_clients_do_not_reach_it_either(lab: Composed, net: Net) -> None:
    (own,) = addresses(lab, "registry")
    subnet = own.rpartition(".")[0]
    net.outside("ip", "route", "replace", f"{subnet}.0/24", "via", SERVER)
    for address, port in ((own, 5000), *((each, 8082) for each in addresses(lab, "front") if "." in each)):
        done = net.outside("wget", "-q", "-T", "3", "-t", "1", "-O", "-", f"http://{address}:{port}/v2/")
        assert done.returncode, (address, port, done.stdout)


def test_another_container_does_not_reach_it(lab: Composed) -> None:
    """On a network of its own, and on the one that Traefik's port is on."""
    (own,) = addresses(lab, "registry")
    for network in ("bridge-of-others", f"dockyard-{lab.name}_outside"):
        if network == "bridge-of-others":
            lab.daemon.said("network", "create", network)
        try:
            command = ("wget", "-q", "-T", "3", "-t", "1", "-O", "-", f"http://{own}:5000/v2/")
            done = lab.daemon.run("run", "--rm", f"--network={network}", "traefik:v3.7.13", *command)
            assert done.returncode, done.stdout
        finally:
            if network == "bridge-of-others":
                lab.daemon.said("network", "rm", network)


def test_the_log_has_the_client_s_own_address_and_no_secret(lab: Composed, net: Net) -> None:
    ca = str(lab.instance.authority)
    for name, server in (("there", SERVER), ("here", "[::1]")):
        url = f"https://{server}:{lab.plan.settings.port}/v2/seen/{name}/tags/list?_state=secret-state"
        login = ("--user", f"reader:{PASSWORDS['reader']}", "--silent", "--show-error")
        command = ("curl", *login, "--cacert", ca, "--write-out", "%{http_code}", url)
        done = net.outside(*command) if name == "there" else lab.run(*command)
        assert done.stdout.endswith("404"), (done.stdout, done.stderr)
        lab.logged(f"/v2/seen/{name}/")
    text = (Path(lab.plan.paths.log) / "audit.log").read_text()
    entries = {
        entry["repository"]: entry for entry in lab.operation("audit", "--wanted", wish("seen/**")).entries
    }
    assert (entries["seen/there"]["user"], entries["seen/there"]["address"]) == ("reader", CLIENT)
    gateway = [each["Gateway"] for each in lab.container("front")["NetworkSettings"]["Networks"].values()]
    assert entries["seen/here"]["address"] in gateway, "what comes from this host's loopback has Docker's"
    for secret in (*PASSWORDS.values(), "secret-state", "Basic "):
        assert secret not in text


def wish(repository: str) -> str:
    return json.dumps({"repository": repository, "actions": ["all"]})


def test_a_name_that_failed_to_sign_in_is_not_logged(lab: Composed) -> None:
    """People type passwords where names belong."""
    Wire(lab.instance, "my-typed-password", "x").ask("GET", "/v2/failed/once/tags/list")
    forged = Wire(lab.instance).ask("GET", "/v2/failed/forged/tags/list", ("X-Dockyard-User", "admin"))
    assert forged.status == 401
    for name in ("once", "forged"):
        lab.logged(f"/v2/failed/{name}/")
    assert "my-typed-password" not in (Path(lab.plan.paths.log) / "audit.log").read_text()
    found = {it["repository"]: it for it in lab.operation("audit", "--wanted", wish("failed/*")).entries}
    assert (found["failed/once"]["failed_login"], found["failed/once"]["user"]) == (True, "")
    assert (found["failed/forged"]["failed_login"], found["failed/forged"]["user"]) == (False, "")
    assert found["failed/forged"]["action"] == "challenge"


def test_one_client_is_slowed_and_others_are_not(lab: Composed, net: Net) -> None:
    url = f"https://{SERVER}:{lab.plan.settings.port}/healthz"
    options = ("--cacert", str(lab.instance.authority), "--silent", "--parallel", "--parallel-max", "40")
    told = ("--write-out", "%{http_code} %header{retry-after}\\n", "--output", "/dev/null")
    done = net.outside("curl", *options, *told, f"{url}?[1-2500]")
    answers = done.stdout.splitlines()
    assert {line.split()[0] for line in answers} == {"200", "429"}, done.stderr
    assert "429 1" in answers
    assert lab.instance.answers(), "this one comes from elsewhere"


def test_no_password_goes_further_than_traefik(lab: Composed) -> None:
    with sniffed(lab) as seen:
        assert Wire(lab.instance, "ci").ask("GET", "/v2/sniffed/app/tags/list").status == 404
        assert Wire(lab.instance, "ci").ask("GET", "/healthz").status == 200
    text = b"".join(seen)
    assert b"GET /v2/sniffed/app/tags/list" in text
    assert not re.search(rb"authorization|basic ", text, re.I)
    assert b"X-Forwarded-For: " in text


@contextmanager
def sniffed(lab: Composed) -> Iterator[list[bytes]]:
    """Packets as the registry's container sees them."""
    seen: list[bytes] = []
    ready, stop = threading.Event(), threading.Event()
    pid = lab.container("registry")["State"]["Pid"]

    def listen() -> None:
        with open(f"/proc/{pid}/ns/net") as wanted:
            assert ctypes.CDLL(None).setns(wanted.fileno(), CLONE_NEWNET) == 0
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as raw:
            raw.settimeout(0.2)
            ready.set()
            while True:
                try:
                    seen.append(raw.recv(65536))
                except TimeoutError:
                    # What came before the end was read by now.
                    if stop.is_set():
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(30)
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(lab: Composed, service: str) -> None:
    described = lab.container(service)
    host = described["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (True, ["ALL"], None)
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (1 << 30, 1_000_000_000, 512)
    assert host["LogConfig"]["Config"] == {"max-file": "5", "max-size": "20m"}
    assert all(mount["Type"] == "bind" for mount in described["Mounts"])
    listed = lab.inside(service)
    assert listed
    for found in listed:
        assert "0" not in found["Uid"].split()
        assert found["CapEff"] == found["CapPrm"] == found["CapBnd"] == NO_CAPABILITY
        assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")


def test_docker_inspect_holds_no_secret(lab: Composed) -> None:
    shown = json.dumps([lab.container(service) for service in SERVICES])
    assert lab.material is not None
    for secret in (
        lab.material.http_secret,
        *PASSWORDS.values(),
        *lab.material.htpasswd.values(),
        "PRIVATE KEY",
    ):
        assert secret not in shown


@pytest.mark.skipif(not shutil.which("skopeo"), reason="not installed: skopeo")
def test_a_client_of_other_people_signs_in_pushes_and_pulls(lab: Composed, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    write_layout(layout, os.urandom(50_000))
    client = Skopeo(tmp_path, lab.plan.settings.host, lab.instance.authority, str(shutil.which("skopeo")))
    client.login("reader", "not-the-password", fails=True)
    client.login("reader", PASSWORDS["reader"])
    assert "403" in client.push(layout, "multi", "clients/app:v1", fails=True)
    client.login("ci", PASSWORDS["ci"])
    client.push(layout, "multi", "clients/app:v1")
    client.login("reader", PASSWORDS["reader"])
    assert client.pull("clients/app:v1", "multi") == digests(layout)["multi"]


def test_docker_itself_signs_in_pushes_and_pulls(lab: Composed, tmp_path: Path) -> None:
    """To a registry on localhost its daemon speaks without an authority of its own."""
    environment = {**os.environ, **lab.daemon.environment, "DOCKER_CONFIG": str(tmp_path)}
    name = f"{lab.plan.settings.host}/docker/app:v1"

    def docker(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        line = ["docker", *words]
        return subprocess.run(
            line, input=given, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def login(user: str, password: str) -> int:
        place = ("--username", user, "--password-stdin", lab.plan.settings.host)
        return docker("login", *place, given=password).returncode

    assert docker("tag", "registry:2.8.3", name).returncode == 0
    assert login("reader", "not-the-password") != 0
    assert login("reader", PASSWORDS["reader"]) == 0
    assert docker("push", name).returncode != 0
    assert login("ci", PASSWORDS["ci"]) == 0
    pushed = docker("push", name)
    assert pushed.returncode == 0, pushed.stderr
    assert docker("rmi", name).returncode == 0
    assert login("reader", PASSWORDS["reader"]) == 0
    pulled = docker("pull", name)
    assert pulled.returncode == 0, pulled.stderr
