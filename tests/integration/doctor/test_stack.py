"""`dockyard doctor -s STACK`: a registry's host and its clients at once; and the registries of clouds, by their stack's outputs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.ops.test_doctor import ASKED_EARLY
from tests.support.clone import Clone
from tests.support.instance import MISSING, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900), pytest.mark.xdist_group("doctor-stack")]
OF_THE_MACHINE = ("clock", "own clock", "proxy variables", "registry version")
OF_THE_MACHINE += ("store disk", "state disk", "backup disk")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    if MISSING or not shutil.which("git"):
        pytest.skip(f"not installed: {', '.join(MISSING) or 'git'}")
    made = Clone(tmp_path_factory.mktemp("doctor"))
    try:
        made.up()
        yield made
    finally:
        made.settings["deletion"] = "delete"
        made.up()
        made.dockyard("destroy", "-s", "local", "--yes")
        wait_until(lambda: not made.pids(), "all of it to end")


def ask(clone: Clone, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and what --json prints."""
    done = subprocess.run(
        [".venv/bin/dockyard", "doctor", "-s", "local", "--json", *options],
        cwd=clone.root,
        env=clone.environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def wrong(found: dict[str, Any]) -> set[tuple[str, str]]:
    ignored = (*OF_THE_MACHINE, "trust: podman", "trust: containerd")
    told = [it for it in found["checks"] if it["status"] in ("warning", "failure")]
    told = [it for it in told if it["name"] not in ignored and ASKED_EARLY not in it["evidence"]]
    return {(it["group"], it["name"]) for it in told}


def test_host_and_clients_of_a_good_stack_are_well(clone: Clone) -> None:
    code, found = ask(clone, "--probe")
    assert wrong(found) == set(), found
    assert code in (0, 1), "the machine's clock may be a warning"
    groups = list(dict.fromkeys(it["group"] for it in found["checks"]))
    assert groups == ["network", "tls", "protocol", "login", "images", "probe", "host"]
    assert found["registry"] == f"localhost:{clone.settings['port']}"
    assert sum(found["summary"].values()) == len(found["checks"])
    by_name = {it["name"]: it["status"] for it in found["checks"]}
    assert {by_name[name] for name in ("login", "upload", "probe: delete", "front runs", "dns")} == {"ok"}


def test_every_hint_names_the_stack_and_nothing_shows_a_password(clone: Clone) -> None:
    code, found = ask(clone, "--username", "reader", "--repository", "team/app", "--trace")
    assert code == 2
    assert wrong(found) == {("images", "upload")}
    hints = [it["hint"] for it in found["checks"] if "dockyard " in it["hint"]]
    assert hints
    assert [hint for hint in hints if " -s local" not in hint] == []
    refused = [it for it in found["trace"] if it["status"] == 403]
    assert refused
    assert all(it["requestHeaders"]["authorization"] == "Basic ***" for it in refused)
    text = json.dumps(found)
    assert [user for user, password in clone.outputs()["users"].items() if password in text] == []


TEN_STEPS = {
    "network": ("dns", "connect", "registry"),
    "logs": ("log registry.log", "log front-error.log"),
    "names": ("host name", "image name", "image"),
    "login and permissions": ("challenge", "login", "upload", "catalog"),
    "certificate chain": ("certificate dates", "certificate name", "certificate chain", "trust: docker"),
    "storage": ("store disk",),
    "configuration": ("configuration", "permissions"),
    "clock": ("clock", "own clock", "clock skew"),
    "ports and firewalls": ("ports", "open ports", "upload size"),
}


def test_each_of_the_ten_steps_is_a_check(clone: Clone) -> None:
    _, found = ask(clone, "--image", "team/app:1.0.0", "--trace")
    names = {it["name"] for it in found["checks"]}
    assert {step: set(wanted) - names for step, wanted in TEN_STEPS.items() if set(wanted) - names} == {}
    assert found["trace"], "the tenth: what was said"


def test_a_front_that_is_down_is_seen_from_both_sides(clone: Clone) -> None:
    stop = [sys.executable, "-m", "supervisor.supervisorctl", "-c", f"{clone.paths.etc}/supervisord.conf"]
    subprocess.run([*stop, "stop", "front", "registry"], check=True, capture_output=True, timeout=120)
    code, found = ask(clone)
    assert code == 2
    seen = wrong(found)
    assert {
        ("network", "connect"),
        ("host", "front runs"),
        ("host", "registry answers"),
        ("host", "ports"),
    } <= seen
    assert not any(group in ("tls", "protocol", "login", "images") for group, _ in seen)


CLOUD = {
    "host": "123456789012.dkr.ecr.eu-central-1.invalid",
    "username": "AWS",
    "password": "a-token-of-hours",
    "images": {},
}


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A project whose stack `dev` has the outputs of a cloud's registry, and no program to run."""
    (tmp_path / "Pulumi.yaml").write_text("name: images\nruntime: python\nbackend: {url: 'file://.'}\n")
    stack = {
        "urn": "urn:pulumi:dev::images::pulumi:pulumi:Stack::images-dev",
        "custom": False,
        "outputs": CLOUD,
    }
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    deployment = {"manifest": manifest, "resources": [{**stack, "type": "pulumi:pulumi:Stack"}]}
    imported = json.dumps({"version": 3, "deployment": deployment})
    run(tmp_path, "state", "import", "-s", "dev", "--yes", text=imported)
    return tmp_path


def run(folder: Path, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DOCKYARD_ENGINE": "embedded", "PULUMI_CONFIG_PASSPHRASE": "of a test"}
    command = [sys.executable, "-X", "importtime", "-m", "dockyard.cli", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_clouds_registry_is_asked_as_its_clients_ask_without_its_sdk(cloud: Path) -> None:
    done = run(cloud, "doctor", "-s", "dev", "--json")
    found = json.loads(done.stdout)
    failed = [it for it in found["checks"] if it["status"] == "failure"]
    assert [it["name"] for it in failed] == ["dns"]
    assert found["registry"] == CLOUD["host"]
    assert all(it["group"] != "host" for it in found["checks"]), "a cloud shows nobody its hosts"
    assert "dockyard.doctor" in done.stderr, "the imports are listed"
    assert "pulumi_aws" not in done.stderr
    assert CLOUD["password"] not in done.stdout
