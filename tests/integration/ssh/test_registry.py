"""A registry on another host, from a clone by its own commands: what `make up` gives here, it gives there."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.far_clone import BY_HAND, FarClone, see_every_operation
from tests.support.far_host import PASSWORD, far_host, missing
from tests.support.images import push_image
from tests.support.instance import MISSING, wait_until

needs = missing() or ", ".join(f"not installed: {tool}" for tool in MISSING)
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("ssh-registry"),
    pytest.mark.skipif(bool(needs), reason=needs),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarClone]:
    """As a user whose sudo asks for a password: the longest way."""
    with far_host() as host:
        made = FarClone(tmp_path_factory.mktemp("far"), host, "asked", sudo=True, sudo_password=PASSWORD)
        made.previewed = made.dockyard("preview", "-s", "local")
        made.asked = host.path("/var/log/sshd.log").read_text().count("Accepted publickey")
        made.first = made.dockyard("up", "-s", "local", "--yes")
        yield made


def test_a_preview_asks_nobody(clone: FarClone) -> None:
    """The plan of a first deployment is known from the settings."""
    assert "10 to create" in clone.previewed.stderr
    assert clone.asked == 0


def test_up_ends_with_a_passed_smoke_test_from_here(clone: FarClone) -> None:
    assert f"https://{clone.host.address}:8443" in clone.first.stdout
    assert clone.first.stdout.count("  ok ") == 6


def test_a_second_up_changes_nothing_by_one_connection(clone: FarClone) -> None:
    log = clone.host.path("/var/log/sshd.log")
    assert len(clone.services()) >= 5
    before, services = log.read_text().count("Accepted publickey"), clone.services()
    assert "no changes" in clone.up()
    assert log.read_text().count("Accepted publickey") == before + 1
    assert clone.services() == services


def test_sudos_password_and_the_key_are_in_no_state_and_no_output(clone: FarClone) -> None:
    assert clone.host.address in clone.state()
    assert PASSWORD not in clone.state()
    assert PASSWORD not in clone.first.stdout + clone.first.stderr + clone.previewed.stderr
    assert PASSWORD not in clone.dockyard("state", "export", "-s", "local").stdout
    ssh = clone.settings["target"]["ssh"]
    path = ssh["key"]
    try:
        ssh["key"] = clone.host.key.read_text()
        assert "~ Host" in clone.up()
        assert "no changes" in clone.up()
        assert ssh["key"].splitlines()[2] not in clone.state()
    finally:
        ssh["key"] = path
        clone.up()


def test_a_new_user_restarts_nothing(clone: FarClone) -> None:
    services = clone.services()
    clone.settings["users"]["late"] = {"pull": ["**"]}
    preview = clone.dockyard("preview", "-s", "local")
    assert "front/htpasswd" in preview.stderr + preview.stdout
    clone.up()
    assert clone.services() == services
    with clone.client("late") as client:
        assert client.get("/v2/").status_code == 200


def test_drift_is_found_by_refresh_and_mended_by_up(clone: FarClone) -> None:
    conf = clone.host.path(f"/etc/dockyard/{clone.name}-local/front/nginx.conf")
    good = conf.read_bytes()
    conf.write_bytes(good + b"# edited\n")
    assert "front/nginx.conf was edited" in clone.dockyard("refresh", "-s", "local", "--yes").stderr
    assert "no changes" not in clone.up()
    assert conf.read_bytes() == good
    assert "no changes" in clone.up()


@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_every_operation_runs_there(clone: FarClone) -> None:
    see_every_operation(clone)


@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_an_interrupted_operation_ends_there_too(clone: FarClone) -> None:
    clone.settings |= {"backup": BY_HAND, "scrub": {"everyDays": 0, "bytesPerSecond": "10M"}}
    clone.up()
    with clone.client() as client:
        push_image(client, "team/big", "1", bytes(200 << 20))
    process = subprocess.Popen(
        [clone.root / ".venv/bin/dockyard", "scrub", "-s", "local"],
        cwd=clone.root,
        env=clone.environment,
        stderr=subprocess.PIPE,
        # What runs the tests may have been told to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: clone.host.processes("ops.pyz scrub"), "the scrub")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1].endswith(b"interrupted\n")
    assert process.returncode == 130
    wait_until(lambda: not clone.host.processes("ops.pyz scrub"), "its end there")


def test_a_host_that_does_not_answer_loses_nothing(clone: FarClone) -> None:
    before = clone.state()
    clone.host.halt()
    try:
        found = clone.dockyard("doctor", "-s", "local", "--json", ok=False)
        asked = f"asked@{clone.host.address}:22: TCP: "
        of_host = [it for it in json.loads(found.stdout)["checks"] if it["group"] == "host"]
        assert (found.returncode, [asked in it["evidence"] for it in of_host]) == (2, [True])
        for words in (["preview"], ["up", "--yes"], ["destroy", "--yes"]):
            refused = clone.dockyard(words[0], "-s", "local", *words[1:], ok=False)
            assert refused.returncode in (1, 255)
            assert asked in refused.stderr
        assert (
            "DOCKYARD_FORGET_UNREACHABLE=true"
            in clone.dockyard("destroy", "-s", "local", "--yes", ok=False).stderr
        )
    finally:
        clone.host.boot()
    assert before
    assert "no changes" not in clone.up()
    assert "no changes" in clone.up()
    with clone.client() as client:
        assert client.get("/v2/").status_code == 200


def test_destroy_leaves_the_images_alone(clone: FarClone) -> None:
    """The last test of this file."""
    clone.dockyard("destroy", "-s", "local", "--yes")
    assert clone.services() == {}
    for path in ("/etc/dockyard", "/var/log/dockyard", "/run/dockyard", "/var/cache/dockyard"):
        assert not clone.host.path(path).exists(), path
    data = clone.host.path(f"/var/lib/dockyard/{clone.name}-local")
    assert (data / "registry/docker").is_dir()


def test_a_user_without_root(tmp_path: Any) -> None:
    """In the home folder, with the host's supervisor."""
    with far_host() as host:
        clone = FarClone(tmp_path, host, "plain")
        clone.settings["runtime"] = "auto"
        clone.dockyard("up", "-s", "local", "--yes")
        assert "no changes" in clone.up()
        # What works there may remove a file meanwhile.
        owners = host.run("find", "/home/plain/.local/state/dockyard", "-printf", "%u\n", ok=False)
        assert set(owners.split()) == {"plain"}
        assert all(
            "plain" in line
            for line in host.run("ps", "-eo", "user=,args=").splitlines()
            if clone.name in line
        )
        doctor = clone.dockyard("doctor", "-s", "local", "--json", ok=False)
        assert [c for c in json.loads(doctor.stdout)["checks"] if c["status"] == "failure"] == []
        clone.dockyard("destroy", "-s", "local", "--yes")
        assert clone.services() == {}
        assert not host.path("/home/plain/.cache/dockyard").exists()


def test_a_check_of_the_stack_judges_it_by_its_rules_and_shows_no_secret(clone: FarClone) -> None:
    done = clone.dockyard("check", "-s", "local", "--json")
    planned = json.loads(done.stdout)
    assert planned["ok"]
    assert planned["types"]["dockyard:index:Host"] == 1
    assert clone.host.address in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
