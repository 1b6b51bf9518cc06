"""Every way in, and every way that is shut: which step failed, and what to type."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dockyard.errors import DockyardError
from dockyard.remote.call import call, reach
from dockyard.remote.connection import connection_of
from dockyard.remote.login import UnreachableError
from dockyard.remote.session import Session

from tests.support.cables import cable
from tests.support.far_host import PASSWORD, FarHost
from tests.support.instance import wait_until

from .conftest import connection_to, lab_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("ssh-connect")]


DEAF = """
import socket
with socket.create_server(("0.0.0.0", 8222)) as server:
    while True:
        server.accept()[0].sendall(b"220 this is no ssh\\r\\n" * 200)
"""


def shell(host: FarHost, /, command: str, user: str = "root", **target: Any) -> str:
    """What a command prints there, by the connection."""
    found = connection_of(connection_to(host, user, **target))
    assert found
    with Session(found) as session, session.start("operate") as process:
        process.send(json.dumps({"command": ["sh", "-c", command]}).encode() + b"\n", last=False)
        return "\n".join(process.lines())


@pytest.mark.parametrize(
    ("user", "target", "becomes"),
    [
        ("root", {}, "root"),
        ("deploy", {"sudo": True}, "root"),
        ("deploy", {"sudo": True, "sudo_password": "is not asked for"}, "root"),
        ("asked", {"sudo": True, "sudo_password": PASSWORD}, "root"),
        ("plain", {}, "plain"),
    ],
)
def test_every_way_in(host: FarHost, user: str, target: dict[str, Any], becomes: str) -> None:
    assert shell(host, "id -un", user, **target) == becomes


def test_the_password_of_sudo_is_read_by_sudo_alone(host: FarHost) -> None:
    """It stands on no command line, in no environment, and no file is left."""
    told = shell(
        host,
        "tr '\\0' ' ' </proc/self/environ; ps -eww -o args=; cat",
        "asked",
        sudo=True,
        sudo_password=PASSWORD,
    )
    assert "sudo -S" in told
    assert PASSWORD not in told
    left = host.run("grep", "-rlF", PASSWORD, "/tmp", "/run", "/home", "/var", "/dev/shm", ok=False)
    assert left == ""


def test_a_key_as_text_becomes_no_file(host: FarHost, tmp_path: Path) -> None:
    key = host.key.read_text()
    assert shell(host, "id -un", key=key) == "root"
    for folder in (Path("/dev/shm"), tmp_path):
        # Other tests make folders and files there too.
        assert not subprocess.run(["grep", "-rlsF", key.splitlines()[1], folder], capture_output=True).stdout


def test_the_keys_of_an_agent(host: FarHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        # 2 says that no agent answers.
        asked = ["ssh-add", "-l"]
        wait_until(lambda: subprocess.run(asked, capture_output=True).returncode != 2, "the agent")
        with pytest.raises(UnreachableError, match="key: none is given, and no SSH agent has one"):
            reach(connection_to(host, key=""))
        subprocess.run(["ssh-add", "-q", str(host.key)], check=True)
        reach(connection_to(host, key=""))
        lab = lab_on(host, "agent", key="")
        lab.up()  # the worker, a process of its own, asks the agent too
        lab.down()
    finally:
        agent.terminate()
        agent.wait()


def test_a_known_hosts_file_pins_by_name(host: FarHost, tmp_path: Path) -> None:
    file, words = tmp_path / "known", " ".join(host.host_key.split()[:2])
    for line in (f"{host.address} {words}", f"other,{host.address} {words}"):
        file.write_text(f"# known\n{line}\n")
        reach(connection_to(host, host_key=str(file)))
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
        assert host.address not in file.read_text()
        reach(connection_to(host, host_key=str(file)))
    for line in (f"other {words}", f"{host.address} {words}\n@revoked * {words}"):
        file.write_text(line + "\n")
        with pytest.raises(UnreachableError, match="host key: none is pinned in"):
            reach(connection_to(host, host_key=str(file)))


def test_a_changed_host_key_is_refused_with_both(host: FarHost, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "k")], check=True)
    other = (tmp_path / "k.pub").read_text()
    with pytest.raises(UnreachableError) as refused:
        reach(connection_to(host, host_key=other))
    prints = [
        subprocess.run(["ssh-keygen", "-lf", "-"], input=text, capture_output=True, text=True, check=True)
        for text in (other, host.host_key)
    ]
    pinned, found = (done.stdout.split()[1] for done in prints)
    lines = str(refused.value).splitlines()
    assert lines[0].endswith("host key: it has changed, or this is another host")
    assert lines[1].split() == ["pinned:", "ssh-ed25519", pinned]
    assert lines[2].split() == ["found:", "ssh-ed25519", found]


def test_a_host_that_has_no_key_of_the_pinned_kind_is_refused_too(host: FarHost, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(tmp_path / "k")], check=True)
    with pytest.raises(UnreachableError, match=r"(?s)it has changed.*pinned: ssh-rsa SHA256.*found:"):
        reach(connection_to(host, host_key=(tmp_path / "k.pub").read_text()))


def key_of(folder: Path, passphrase: str = "") -> Path:
    path = folder / f"key{len(list(folder.iterdir()))}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True)
    return path


@pytest.mark.parametrize(
    ("user", "target", "problem"),
    [
        ("root", {"host": "no.such.name.invalid"}, "DNS: "),
        ("root", {"port": 9}, "TCP: .*: Connection refused\nhint: see whether the host is up"),
        ("root", {"port": 8222}, "SSH: .*\nhint: see whether an SSH server listens"),
        ("nobody-here", {}, "login: the host takes none of these keys: ssh-ed25519 SHA256:"),
        (
            "root",
            {"key": "OTHER"},
            "login: the host takes none of these keys.*\nhint: put its public key into",
        ),
        ("root", {"key": "LOCKED"}, "key: .* has a passphrase\nhint: load it with `ssh-add`"),
        ("root", {"key": "/etc/hostname"}, "key: /etc/hostname is no private key"),
        ("root", {"key": "/nowhere"}, "key: /nowhere: No such file or directory"),
        ("asked", {"sudo": True}, "sudo: a password is required\nhint: allow it in /etc/sudoers.d"),
        ("asked", {"sudo": True, "sudo_password": "wrong"}, "sudo: the host refuses the password"),
        ("plain", {"sudo": True}, "sudo: a password is required"),
        ("plain", {"sudo": True, "sudo_password": "x"}, "sudo: "),
        ("shut", {}, "Python: This account is currently not available."),
        ("plain", {"python": "/usr/bin/python9"}, "Python: .*not found\nhint: `apt-get install python3`"),
        ("deploy", {"sudo": True, "python": "/usr/bin/python9"}, "Python: .*not found"),
        (
            "plain",
            {"python": "/usr/local/bin/old"},
            r"Python: .* is 3\.9\.18, 3\.11 or newer is needed\nhint: `apt-get install python3.11` or `dnf",
        ),
    ],
)
def test_the_step_that_failed_is_named(
    host: FarHost, tmp_path: Path, user: str, target: dict[str, Any], problem: str
) -> None:
    keys = {"OTHER": lambda: key_of(tmp_path), "LOCKED": lambda: key_of(tmp_path, "secret")}
    if target.get("key") in keys:
        target = {**target, "key": str(keys[target["key"]]())}
    old = host.path("/usr/local/bin/old")
    if not old.exists():
        # An interpreter that says of itself what an old one says: only its version differs.
        patch = "import sys; sys.version_info = (3, 9, 18); exec(sys.argv.pop(1))"
        old.write_text(f'#!/bin/sh\nshift 3\nexec /usr/bin/python3 -I -S -c "{patch}" "$@"\n')
        old.chmod(0o755)
        host.run("useradd", "--create-home", "--shell", "/usr/sbin/nologin", "shut")
        host.run("cp", "-r", "/home/plain/.ssh", "/home/shut/")
        host.run("chown", "-R", "shut:", "/home/shut/.ssh")
        host.run("sh", "-c", f"setsid /usr/bin/python3 -c '{DEAF}' >/dev/null 2>&1 &")
        wait_until(lambda: ":8222 " in host.run("ss", "-ltn"), "a server that is no SSH server")
    with pytest.raises(UnreachableError, match=f"(?s)^{user}@.*{problem}"):
        reach(connection_to(host, user, **target))


def test_a_jump_host_is_held_to_its_own_key(host: FarHost, another: Any) -> None:
    """From here the host's address on the cable between the two is not reached, from the jump host it is."""
    between = another()
    inner, jump = cable(between, host), between.target("plain")["ssh"]
    with pytest.raises(UnreachableError, match=r"TCP: |SSH: "):
        reach(connection_to(host, host=inner, connect_timeout=2))
    assert shell(host, "id -un", host=inner, jump=jump) == "root"
    with pytest.raises(UnreachableError, match=rf"plain@{between.address}:22: host key: it has changed"):
        reach(connection_to(host, host=inner, jump={**jump, "host_key": host.host_key}))
    with pytest.raises(UnreachableError, match=rf"root@{inner}:22: host key: it has changed"):
        reach(connection_to(host, host=inner, jump=jump, host_key=between.host_key))
    with pytest.raises(UnreachableError, match=r"TCP: the jump host .* does not reach it"):
        reach(connection_to(host, host=inner, jump=jump, port=9))


def test_a_host_that_opens_too_few_sessions_is_told(another: Any) -> None:
    host = another()
    host.run("sh", "-c", "echo MaxSessions 1 >>/etc/ssh/sshd_config")
    host.reboot()
    lab = lab_on(host, "few")
    with pytest.raises(DockyardError, match=r"opens no further session: (?s:.*)MaxSessions 3 or more"):
        lab.up()


def test_half_an_agent_is_never_run(host: FarHost) -> None:
    connection = connection_to(host)
    reach(connection)
    (agent,) = host.path("/var/cache/dockyard").iterdir()
    whole = agent.read_bytes()
    agent.write_bytes(whole[:1000])
    reach(connection)
    assert agent.read_bytes() == whole
    assert oct(agent.stat().st_mode)[-3:] == "600"
    assert oct(agent.parent.stat().st_mode)[-3:] == "700"


def test_a_disk_too_full_for_the_agent_is_told(another: Any) -> None:
    host = another(disk="20m")
    host.run("sh", "-c", "cat /dev/zero >/srv/all", ok=False)
    with pytest.raises(DockyardError, match=r"cannot keep the agent: .*\.pyz: No space left on device"):
        reach(connection_to(host))
    assert list(host.path("/var/cache/dockyard").iterdir()) == []
    host.run("rm", "/srv/all")
    reach(connection_to(host))


def test_a_folder_that_others_may_enter_is_refused(host: FarHost) -> None:
    folder = host.path("/home/plain/.cache/dockyard")
    reach(connection_to(host, "plain"))
    folder.chmod(0o755)
    try:
        with pytest.raises(DockyardError, match=r"cannot keep the agent: .*nobody else may enter"):
            reach(connection_to(host, "plain"))
    finally:
        folder.chmod(0o700)


def test_what_a_login_script_prints_does_no_harm(host: FarHost) -> None:
    """dash reads no file for a command; bash, told so by BASH_ENV, does."""
    host.run("sh", "-c", "printf 'echo welcome\\n' > /home/plain/.bashrc; usermod -s /bin/bash plain")
    assert call(connection_to(host, "plain"), "hello", {}) == {}


def test_a_program_ends_with_whoever_asked_for_it(host: FarHost) -> None:
    found = connection_of(connection_to(host, "deploy", sudo=True))
    assert found
    with Session(found) as session, session.start("operate") as process:
        process.send(b'{"command": ["sh", "-c", "echo begun; sleep 4711 & wait"]}\n', last=False)
        assert next(process.lines()) == "begun"
        assert len(host.processes("sleep 4711")) >= 1
    wait_until(lambda: not host.processes("sleep 4711"), "the program to end")


def test_the_environment_has_no_secret_of_ours(host: FarHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PULUMI_CONFIG_PASSPHRASE", "hush-hush")
    assert "hush-hush" not in shell(host, "env")
