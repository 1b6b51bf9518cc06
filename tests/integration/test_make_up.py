"""`make up` from a clone: a registry that others' clients use, kept as it should be, and taken away again."""

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from dockyard.ops.schedule import RETRY

from tests.support.clone import Clone, write_layout
from tests.support.images import push_image
from tests.support.instance import free_port, wait_until

TOOLS = ("git", "make", "nginx", "docker-registry", "curl")
MISSING = [tool for tool in TOOLS if not shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin")]
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("make-up"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    made = Clone(tmp_path_factory.mktemp("make-up"))
    try:
        made.first = made.run("make", "up")
        yield made
    finally:
        made.settings["deletion"] = "delete"
        if made.pids():
            made.run("make", "up")
        made.dockyard("destroy", "-s", "local", "--yes")
        assert not made.pids()


def test_it_ends_with_address_users_login_trust_and_a_passed_smoke_test(clone):
    text = clone.first.stdout
    assert f"https://localhost:{clone.settings['port']}" in text
    assert "admin, ci, reader" in text
    assert "docker login" in text
    assert "caCertificate > ca.crt" in text
    assert text.count("  ok ") == 6
    assert "FAILED" not in text


def test_right_and_wrong_passwords_and_rights(clone):
    assert clone.get("/v2/") == "200"
    assert clone.get("/v2/", password="wrong") == "401"
    assert clone.get("/v2/_catalog", "ci") == "403"
    assert clone.get("/v2/_catalog", "admin") == "200"


def test_a_second_up_changes_nothing_and_leaves_every_process(clone):
    before = at_rest(clone)
    assert "no changes" in clone.up()
    assert at_rest(clone) == before


def test_no_password_is_in_the_state(clone):
    passwords = clone.outputs()["users"].values()
    files = [path for path in (clone.root / ".state" / ".pulumi").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files for word in passwords if word.encode() in path.read_bytes()] == []


def test_a_new_user_does_not_restart_the_registry(clone):
    before = clone.pid_of("docker-registry")
    clone.settings["users"]["late"] = {"pull": ["**"]}
    clone.up()
    assert clone.pid_of("docker-registry") == before
    assert clone.get("/v2/", "late") == "200"


@pytest.mark.parametrize("drift", ["edited", "deleted", "stopped"])
def test_drift_is_mended(clone, drift):
    conf = Path(clone.paths.front, "nginx.conf")
    htpasswd = next(Path(clone.paths.etc).rglob("*htpasswd*"))
    good = conf.read_bytes()
    if drift == "edited":
        conf.write_bytes(good + b"# edited\n")
    elif drift == "deleted":
        htpasswd.unlink()
    else:
        # Told to end, supervisord ends its programs; killed, it would be brought back.
        os.kill(int(Path(clone.paths.run, "supervisord.pid").read_text()), signal.SIGTERM)
        wait_until(lambda: not clone.pids(), "all to end", 120)
    assert "no changes" not in clone.up()
    assert conf.read_bytes() == good
    assert htpasswd.is_file()
    assert clone.get("/v2/") == "200"
    assert "no changes" in clone.up()


def settled(clone) -> dict[str, str]:
    """Process id to command of what stays, once each program runs once, below one supervisord, and none is about to be replaced by
    what it starts; before that nothing. Jobs come and go.
    """
    jobs = [f"ops.pyz {job} " for job in RETRY]
    found = {pid: text for pid, text in clone.pids().items() if not any(job in text for job in jobs)}
    parents = {pid for pid, text in found.items() if "supervisord -c" in text.partition(" -- ")[0]}
    starting = [text for text in found.values() if "confine.py" in text or "launch.py" in text]
    once = len(found) == 6 and len(parents) == 1 and not starting
    return found if once and parent_of(found.keys() - parents) == parents else {}


def at_rest(clone) -> dict[str, str]:
    """The same, once it is so."""
    seen = []
    wait_until(lambda: seen.append(settled(clone)) or seen[-1], "each program to run once", 120)
    return seen[-1]


def parent_of(pids: set[str]) -> set[str]:
    found = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.add(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


@pytest.mark.parametrize("role", ["docker-registry serve", "nginx: master", "keeper.py", "supervisord -c"])
def test_what_is_killed_comes_back_by_itself(clone, role):
    def running(found):
        """The process of the role; the keeper names supervisord in its arguments."""
        return {pid for pid, text in found.items() if role in text.partition(" -- ")[0]}

    (victim,) = running(at_rest(clone))
    os.kill(int(victim), signal.SIGKILL)
    wait_until(lambda: running(settled(clone)) - {victim}, "another one in its place", 120)
    clone.wait_until_it_answers()
    assert "no changes" in clone.up()


def test_a_changed_port_is_served(clone):
    before = clone.pid_of("docker-registry")
    clone.settings["port"] = free_port()
    clone.up()
    assert clone.get("/v2/") == "200"
    assert clone.pid_of("docker-registry") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "config/registry:colour: is not declared in Pulumi.yaml"),
        ({"port": 0}, "port: must be between 1 and 65535, got 0"),
        ({"users": {"ci": {"pull": ["x{y}"]}}}, "users/ci/pull/0: is not a repository pattern: 'x{y}'"),
        ({"storage": "/proc/nowhere"}, "requires/writable/proc/nowhere: /proc is not writable"),
    ],
)
def test_bad_input_is_named_and_nothing_stops(clone, change, message):
    kept, before = dict(clone.settings), at_rest(clone)
    clone.settings.update(change)
    try:
        assert message in clone.up(ok=False)
    finally:
        clone.settings = kept
    assert at_rest(clone) == before
    clone.up()


def test_a_taken_port_is_named_with_its_holder(clone):
    kept = dict(clone.settings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        clone.settings["port"] = port
        try:
            assert f"port {port} is taken by " in clone.up(ok=False)
        finally:
            clone.settings = kept
    clone.up()


@pytest.mark.skipif(not shutil.which("skopeo"), reason="not installed: skopeo")
def test_images_pushed_by_skopeo_survive_down_and_up(clone, tmp_path):
    layout, certificates = tmp_path / "layout", tmp_path / "certs"
    write_layout(layout)

    def skopeo(source, target, side):
        outputs = clone.outputs()
        certificates.mkdir(exist_ok=True)
        (certificates / "ca.crt").write_text(outputs["caCertificate"])
        auth = tmp_path / "auth.json"
        login = ["skopeo", "login", "--authfile", str(auth), "--cert-dir", str(certificates)]
        subprocess.run(
            [*login, "-u", "ci", "--password-stdin", outputs["host"]],
            input=outputs["password"],
            text=True,
            check=True,
        )
        host = f"docker://{outputs['host']}/team/app:1"
        words = ["--authfile", str(auth), f"--{side}-cert-dir", str(certificates)]
        subprocess.run(
            ["skopeo", "copy", "-q", "--preserve-digests", *words, source or host, target or host], check=True
        )

    skopeo(f"oci:{layout}:1", None, "dest")
    clone.run("make", "down")
    assert clone.pids() == {}
    clone.run("make", "up")
    skopeo(None, f"oci:{tmp_path / 'pulled'}:1", "src")
    pulled = {path.name for path in (tmp_path / "pulled" / "blobs" / "sha256").iterdir()}
    assert pulled >= {path.name for path in (layout / "blobs" / "sha256").iterdir()}


@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_the_operations_work_on_this_host_and_leave_the_store_to_its_owner(clone):
    """As root the accounts of registry, front, and backups differ; else everything belongs to one user."""
    clone.settings |= {
        "backup": {"everyHours": 0, "checkEveryDays": 0, "drillEveryDays": 0},
        "retention": {"rules": {"dev": {"tags": ["dev-*"], "keepLast": 1}}},
        "upkeep": {"gcEveryDays": 0, "retentionEveryDays": 0},
    }
    clone.up()
    outputs = clone.outputs()
    trust = ssl.create_default_context(cadata=outputs["caCertificate"])
    auth = ("ci", outputs["users"]["ci"])
    with httpx.Client(base_url=f"https://{outputs['host']}", auth=auth, verify=trust, timeout=60) as client:
        for number in range(3):
            push_image(client, "team/ops", f"dev-{number}", f"layer {number}".encode())
        clone.dockyard("backup", "-s", "local")
        told = json.loads(clone.dockyard("retention", "run", "-s", "local", "--json").stdout)
        assert sorted(image["tags"] for image in told["images"]) == [["dev-0"], ["dev-1"]]
        assert client.get("/v2/team/ops/tags/list").json()["tags"] == ["dev-2"]
        found = json.loads(clone.dockyard("gc", "-s", "local", "--json").stdout)
        assert (found["blobs_freed"] > 0, found["broken"]) == (True, [])
        push_image(client, "team/ops", "dev-3", b"layer 0")
    store = Path(clone.paths.store)
    assert {path.owner() for path in store.rglob("*")} == {store.owner()}
    assert not Path(clone.paths.read_only).exists()
    clone.dockyard("backup", "-s", "local")
    assert json.loads(clone.dockyard("drill", "-s", "local", "--json").stdout)["broken"] == []


@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_a_blob_whose_bytes_have_changed_is_healed_as_its_neighbours_are(clone):
    """Read and written by the owner of the store, from what only the account of backups may read."""
    clone.settings |= {
        "backup": {"everyHours": 0, "checkEveryDays": 0, "drillEveryDays": 0},
        "scrub": {"everyDays": 0},
    }
    clone.up()
    outputs = clone.outputs()
    trust = ssl.create_default_context(cadata=outputs["caCertificate"])
    auth = ("ci", outputs["users"]["ci"])
    with httpx.Client(base_url=f"https://{outputs['host']}", auth=auth, verify=trust, timeout=60) as client:
        image = push_image(client, "team/scrub", "1", b"bytes that rot")
        clone.dockyard("backup", "-s", "local")
        value, store = image.layer.partition(":")[2], Path(clone.paths.store)
        file = store / "docker/registry/v2/blobs/sha256" / value[:2] / value / "data"
        before = file.stat()
        file.write_bytes(b"bytes that ROT")
        os.utime(file, (before.st_atime - 3600, before.st_mtime - 3600))
        told = clone.dockyard("scrub", "-s", "local", "--dry-run", ok=False).stdout
        assert "1 fault:" in told
        assert "needed by team/scrub:1" in told
        assert f"healed: {image.layer}: has other bytes" in clone.dockyard("scrub", "-s", "local").stdout
        assert client.get(f"/v2/team/scrub/blobs/{image.layer}").content == image.content
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert sorted(path.name for path in store.iterdir()) == ["docker"]
    clone.dockyard("backup", "-s", "local")


def test_of_two_ups_at_once_one_is_refused_with_the_owner(clone):
    locks = clone.root / ".state" / ".pulumi" / "locks"
    command = [".venv/bin/dockyard", "up", "-s", "local", "--yes"]
    winner = subprocess.Popen(command, cwd=clone.root, env=clone.environment, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: list(locks.rglob("*.json")), "the lock")
        # However long the other takes to ask: this one does not end before.
        winner.send_signal(signal.SIGSTOP)
        refused = clone.up(ok=False)
    finally:
        winner.send_signal(signal.SIGCONT)
        assert winner.wait(300) == 0
    assert str(winner.pid) in refused
    assert "dockyard cancel" in refused
