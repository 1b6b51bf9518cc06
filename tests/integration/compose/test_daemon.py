"""What may happen around the containers: Docker is restarted or killed, the disk fills, the operations work beside them."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.composed import Composed, composed
from tests.support.docker import IMAGES, Daemon
from tests.support.instance import PASSWORDS, wait_until
from tests.support.operations import BY_HAND

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker"),
]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_of_docker_brings_the_registry_back(
    lab: Composed, daemon: Daemon, number: signal.Signals
) -> None:
    image = lab.push("team/restart", number.name.lower(), number.name.encode() * 5000)
    if number is signal.SIGKILL:
        daemon.kill()
    else:
        daemon.end()
    daemon.start()
    wait_until(lab.instance.answers, "the registry to come back", seconds=120)
    assert lab.registry.pulls(image)
    assert lab.up().changes == {}


def test_a_full_disk_is_seen_and_pulls_go_on(daemon: Daemon, tmp_path: Path) -> None:
    store = tmp_path / "small"
    store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "dockyard-test", str(store)], check=True)
    try:
        with composed(daemon, tmp_path, storage=str(store / "registry")).cleared() as lab:
            lab.up()
            image = lab.push("team/app", "v1", b"before")
            with pytest.raises(OSError, match="No space left"):
                fill(store / "filler")

            def health() -> str:
                return str(lab.container("registry")["State"]["Health"]["Status"])

            wait_until(lambda: health() == "unhealthy", "Docker to find the registry unhealthy", seconds=180)
            assert lab.registry.pulls(image)
            (store / "filler").unlink()
            wait_until(lambda: health() == "healthy", "Docker to find the registry healthy", seconds=120)
            lab.push("team/app", "v2", b"after")
    finally:
        subprocess.run(["umount", "--lazy", str(store)], check=True)


def fill(path: Path) -> None:
    """As much as there is, to the last byte."""
    with path.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


@pytest.fixture(scope="module")
def kept(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry with backups, with a port that only the privileged may listen on."""
    folder = tmp_path_factory.mktemp("kept")
    lab = composed(daemon, folder, backup=BY_HAND, port=privileged_port())
    with lab.cleared() as made:
        made.up()
        yield made


def privileged_port() -> int:
    """One that nothing listens on."""
    taken = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    return next(port for port in range(700, 1000) if f":{port:04X} " not in taken)


def test_a_low_port_costs_one_capability_and_no_root(kept: Composed) -> None:
    listed = kept.inside("front")
    assert len(listed) >= 2
    for found in listed:
        assert "0" not in found["Uid"].split()
        for key in ("CapEff", "CapPrm", "CapBnd"):
            assert int(found[key], 16) in (0, 1 << 10), "CAP_NET_BIND_SERVICE"
    host = kept.container("front")["HostConfig"]
    assert sorted(name.removeprefix("CAP_") for name in host["CapAdd"]) == [
        "NET_BIND_SERVICE",
        "SETGID",
        "SETPCAP",
        "SETUID",
    ]


def test_garbage_collection_waits_for_the_registry_s_open_files(kept: Composed) -> None:
    """The host sees into the container: an upload that has not ended holds a file of the store open."""
    with kept.client("ci") as client:
        start = client.post("/v2/team/slow/blobs/uploads/").headers["Location"]

        def slowly() -> Iterator[bytes]:
            yield b"first"
            looked = (
                "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
                "from dockyard.ops import accounts, front, settings; found = settings.load(Path(sys.argv[2]));"
                "print(accounts.ask(found.owner, lambda: {'writing': front.writing(found)}))"
            )
            etc = f"{kept.plan.paths.etc}/ops"
            command = ["/usr/bin/python3", "-c", looked, f"{etc}/ops.pyz", f"{etc}/config.json"]

            def said() -> str:
                done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
                return done.stdout.strip()

            wait_until(lambda: said() == "{'writing': True}", "the upload to be seen")
            yield b"last"

        assert client.patch(start, content=slowly()).status_code == 202
        assert kept.registry.instance.answers()


def test_the_doctor_looks_into_the_containers(kept: Composed) -> None:
    found = {check["name"]: check for check in kept.operations("doctor")["checks"]}
    for name in (
        "registry runs",
        "front runs",
        "registry answers",
        "ports",
        "certificate",
        "containers",
        "permissions",
    ):
        assert found[name]["status"] == "ok", found[name]
    kept.daemon.said("container", "stop", kept.ids()["registry"])
    found = {check["name"]: check for check in kept.operations("doctor")["checks"]}
    assert found["containers"]["status"] == found["registry runs"]["status"] == "failure"
    assert "docker compose" in found["containers"]["hint"]
    kept.up()


def test_docker_itself_logs_in_pushes_and_pulls(lab: Composed, daemon: Daemon, tmp_path: Path) -> None:
    host = lab.plan.settings.host
    trust = Path("/etc/docker/certs.d") / host
    trust.mkdir(parents=True)
    try:
        (trust / "ca.crt").write_bytes((lab.folder / "ca.crt").read_bytes())
        client = ["docker", "--config", str(tmp_path)]
        login = [*client, "login", host, "--username", "ci", "--password-stdin"]
        subprocess.run(login, input=PASSWORDS["ci"], text=True, check=True, capture_output=True, timeout=120)
        reference = f"{host}/team/docker:v1"
        daemon.said("tag", IMAGES["registry"], reference)
        for step in (("push", reference), ("rmi", reference), ("pull", reference)):
            done = subprocess.run([*client, *step], capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stderr
        assert json.loads(daemon.said("image", "inspect", reference))[0]["RepoDigests"]
        daemon.said("rmi", reference)
    finally:
        subprocess.run(["rm", "-r", str(trust)], check=True)
