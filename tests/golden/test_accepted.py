"""Each case is accepted by the programs that read it."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.programs import SYSTEM_PYTHON, own_services
from dockyard.self_hosted.render import Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings
from dockyard.self_hosted.timed import timed_groups
from supervisor.options import ProcessConfig, ServerOptions

from tests.golden.cases import NAMES, Case, alone, material, rendered
from tests.support.instance import free_port, make, needs_servers

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="not installed: systemd-analyze"
)
SUPERVISED = [name for name in NAMES if rendered(Case(name)).runtime is Runtime.SUPERVISOR]
UNITS = [name for name in NAMES if name not in SUPERVISED]
FRONTED = [name for name in NAMES if not alone(name)]
MOST_EXPOSED = {
    "registry": 0.6,
    "watch": 0.6,
    "metrics": 1.4,  # answers on loopback; looks at processes of other accounts
    "operations": 1.8,  # speaks to a repository elsewhere; restic asks for owners and priorities
    "upkeep": 2.8,  # as root: each job changes to the account that owns what it changes; the same network
    "certificate": 2.7,  # as root, on the network: writes keys that only root reads
    "firewall": 2.9,  # as root, CAP_NET_ADMIN
    "front": 3.1,  # binds a port, changes its workers' user, ends those of a killed master; pcre_jit writes code
}
"""By systemd's own scale from 0 to 10, for each unit."""


def contents(plan: Plan) -> dict[str, str]:
    users = tuple(user.name for user in plan.settings.users)
    return {
        **{path: file.content for path, file in render(plan).files.items()},
        **secret_contents(plan, material(users)),
    }


def nginx_says(plan: Plan, folder: Path) -> subprocess.CompletedProcess[str]:
    """`nginx -t` on a copy that stands in the folder, with the run, log and store folders there too."""
    moved = {
        old: str(folder / name)
        for name, old in {"run": plan.paths.run, "log": plan.paths.log, "store": plan.paths.store}.items()
    }
    for name in (*moved.values(), f"{moved[plan.paths.run]}/front"):
        Path(name).mkdir(parents=True, exist_ok=True)
    stage = folder / "stage"
    for path, text in contents(plan).items():
        if path.startswith(f"{plan.paths.front}/"):
            file = stage / Path(path).relative_to(plan.paths.front)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(redirected(text, moved))
    check = [
        "nginx",
        "-t",
        "-q",
        "-e",
        str(folder / "error.log"),
        "-p",
        str(stage),
        "-c",
        str(stage / "nginx.conf"),
    ]
    environment = {"PATH": "/usr/sbin:/usr/bin"}
    return subprocess.run(check, capture_output=True, text=True, env=environment, timeout=120, check=False)


def redirected(text: str, moved: Mapping[str, str]) -> str:
    text = re.sub(r"^user .*;$", "", text, flags=re.MULTILINE)
    text = re.sub(
        r'^(    listen ".*):\d+"( ssl)?;$',
        lambda found: f'{found[1]}:{free_port()}"{found[2] or ""};',
        text,
        flags=re.MULTILINE,
    )
    for old, new in sorted(moved.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(old.replace("\\", "\\\\").replace('"', '\\"'), new)
    return text


@needs_servers
@pytest.mark.parametrize("name", [name for name in NAMES if Case(name).plan.settings.front == "nginx"])
def test_nginx_takes_the_configuration(name: str, tmp_path: Path) -> None:
    said = nginx_says(Case(name).plan, tmp_path)
    assert (said.returncode, said.stdout) == (0, ""), said.stderr
    assert "[warn]" not in said.stderr


@needs_servers
def test_nginx_refuses_what_is_wrong(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    case = Case("user_supervisor")
    plan = replace(case.plan, settings=replace(case.plan.settings, domain='a"; evil on; #'))
    assert nginx_says(plan, tmp_path).returncode == 0, "a quoted name is a name"
    (tmp_path / "stage" / "access.conf").write_text("evil on;")
    stage = str(tmp_path / "stage")
    check = ["/usr/sbin/nginx", "-t", "-q", "-e", "stderr", "-p", stage, "-c", f"{stage}/nginx.conf"]
    assert subprocess.run(check, capture_output=True, timeout=60, check=False).returncode == 1


@needs_servers
def test_nginx_takes_two_thousand_users(tmp_path: Path) -> None:
    users = {f"user-{n:04}-{'x' * 50}": {"push": [f"team-{n}/*"], "pull": ["base/**"]} for n in range(2000)}
    settings = read_settings({"domain": "localhost", "users": users}, "many")
    said = nginx_says(replace(Case("user_supervisor").plan, settings=settings), tmp_path)
    assert said.returncode == 0, said.stderr
    assert "[warn]" not in said.stderr


@needs_servers
def test_a_state_folder_with_every_awkward_character_can_be_served_from(tmp_path: Path) -> None:
    """With nothing redirected: the paths are the real ones."""
    folder = tmp_path / "my \"100%\" 'x' \\ {project} x#1, %h é"
    folder.mkdir()
    settings = {"domain": "localhost", "port": free_port(), "listen": ["127.0.0.1"], "users": {"ci": {}}}
    instance = make(folder, settings, {"ci": "x"})
    try:
        front, log = instance.plan.paths.front, f"{instance.plan.paths.log}/front-error.log"
        check = ["/usr/sbin/nginx", "-t", "-q", "-e", log, "-p", front, "-c", f"{front}/nginx.conf"]
        said = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
        assert said.returncode == 0, said.stderr
    finally:
        shutil.rmtree(instance.plan.paths.run)


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    plan = Case(name).plan
    units = {path: text for path, text in contents(plan).items() if path.startswith("/etc/systemd/")}
    contained = 0 if plan.compose else 2
    assert len(units) == contained + len(own_services(plan)) + 2 * len(timed_groups(plan))
    for path, text in units.items():
        # The programs and accounts of the case are not on the machine that tests.
        text = re.sub(r'^ExecStart="[^"]+"', 'ExecStart="/bin/sh"', text, flags=re.MULTILINE)
        (tmp_path / Path(path).name).write_text(text)
    for path in sorted((*tmp_path.glob("*.service"), *tmp_path.glob("*.timer"))):
        verify = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)]
        said = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
        own = [line for line in said.stderr.splitlines() if path.name in line]
        assert (said.returncode, own) == (0, []), said.stderr
        if path.suffix == ".timer":
            continue
        security = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)]
        report = subprocess.run(security, capture_output=True, text=True, timeout=60, check=False).stdout
        exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", report)
        assert exposure, report
        assert float(exposure[1]) <= MOST_EXPOSED[path.stem.rpartition("-")[2]], report


def supervised(plan: Plan, folder: Path) -> dict[str, ProcessConfig]:
    """What supervisord reads. The accounts of the case are not on the machine that tests, and neither are its folders."""
    text = re.sub(
        r"^user = .*$", "", contents(plan)[f"{plan.paths.etc}/supervisord.conf"], flags=re.MULTILINE
    )
    for old in (plan.paths.log.replace("%", "%%"), plan.paths.run.replace("%", "%%")):
        text = "\n".join(
            line if line.startswith("command") else line.replace(old, str(folder))
            for line in text.split("\n")
        )
    configuration = folder / "supervisord.conf"
    configuration.write_text(text)
    options = ServerOptions()
    options.realize(["-c", str(configuration), "-n"])
    return {group.name: group.process_configs[0] for group in options.process_group_configs}


@pytest.mark.parametrize("name", SUPERVISED)
def test_supervisord_reads_the_commands_that_were_meant(name: str, tmp_path: Path) -> None:
    plan = Case(name).plan
    programs = supervised(plan, tmp_path)
    operations = set(timed_groups(plan))
    own = {"keeper", *own_services(plan), *(() if plan.compose else ("registry", "front"))}
    assert set(programs) == own | operations
    if not plan.compose:
        assert programs["keeper"].priority < programs["registry"].priority < programs["front"].priority
    for name, process in programs.items():
        command, arguments = options_split(process.command)
        if name != "keeper":
            assert arguments[:3] == ["-I", "-S", f"{plan.paths.etc}/ops/confine.py"]
            assert process.autorestart
            command, *arguments = arguments[arguments.index("--") + 1 :]
        system = plan.facts.root and name != "keeper"
        assert command == (SYSTEM_PYTHON if system else plan.facts.python), name
        if name in operations:
            expected = ["-I", "-S", f"{plan.paths.etc}/ops/ops.pyz", "keep", "--config"]
            assert arguments == [*expected, f"{plan.paths.etc}/ops/config.json", "--group", name]
            continue
        if name == "watch":
            assert arguments[3:] == ["watch", "--config", f"{plan.paths.etc}/ops/config.json"]
            continue
        assert arguments[0] == f"{plan.paths.etc}/ops/{'keeper' if name == 'keeper' else 'launch'}.py"
        assert process.autorestart
    for name, path in (
        ("front", f"{plan.paths.front}/nginx.conf"),
        ("registry", f"{plan.paths.etc}/registry.yml"),
    ):
        assert plan.compose or path in options_split(programs[name].command)[1]


def options_split(command: str) -> tuple[str, list[str]]:
    """As supervisord splits a command before it starts it (`Subprocess.get_execv_args`)."""
    program, *arguments = shlex.split(command)
    return program, arguments


@pytest.mark.parametrize("name", FRONTED)
def test_the_registry_s_configuration_is_the_yaml_that_was_meant(name: str) -> None:
    plan = Case(name).plan
    read = yaml.safe_load(contents(plan)[f"{plan.paths.etc}/registry.yml"])
    assert read["storage"]["filesystem"]["rootdirectory"] == plan.paths.store
    assert read["storage"]["delete"]["enabled"] is True
    assert "cache" not in read["storage"]
    inside = plan.settings.front == "traefik"
    expected = (None, ":5000") if inside else ("unix", plan.paths.registry_socket)
    assert (read["http"].get("net"), read["http"]["addr"]) == expected
    assert read["http"]["secret"] == material(()).http_secret


@pytest.mark.parametrize("name", NAMES)
def test_every_secret_file_has_its_content_and_no_public_one_holds_it(name: str) -> None:
    plan = Case(name).plan
    files = render(plan).files
    users = tuple(user.name for user in plan.settings.users)
    made, secrets = (
        secret_contents(plan, material(users)),
        {path for path, file in files.items() if file.secret},
    )
    assert set(made) == secrets
    for path, file in files.items():
        if file.secret:
            assert file.content == ""
            assert file.mode & 0o007 == 0 or path.endswith("certificate.pem")
        else:
            assert "PRIVATE KEY" not in file.content
            assert material(users).http_secret not in file.content
