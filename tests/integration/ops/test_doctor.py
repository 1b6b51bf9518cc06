"""The doctor on a real host: nothing is wrong with a good instance, and each cause is named."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.operations import Registry

pytestmark = pytest.mark.integration
OF_THE_MACHINE = ("clock", "registry version", "store disk", "state disk", "backup disk")
ASKED_EARLY = "registry.sock failed (2: No such file or directory)"
"""What the front logs where it is asked before the registry has started: the doctor is right to tell of it."""


def checks(registry: Registry) -> dict[str, dict[str, str]]:
    return {it["name"]: it for it in registry.done("doctor")["checks"]}


def failing(found: dict[str, dict[str, str]]) -> set[str]:
    return {name for name, it in found.items() if it["status"] == "failure"}


def supervisor(registry: Registry, *command: str) -> None:
    config = f"{registry.instance.plan.paths.etc}/supervisord.conf"
    program = [sys.executable, "-m", "supervisor.supervisorctl", "-c", config, *command]
    subprocess.run(program, check=True, capture_output=True, timeout=60)


def open_key(registry: Registry) -> None:
    (Path(registry.instance.plan.paths.front) / "tls/private.key").chmod(0o644)


def broken_configuration(registry: Registry) -> None:
    laid = Path(registry.instance.plan.paths.front) / "nginx.conf"
    laid.write_text(laid.read_text() + "nonsense on;\n")


def old_backup(registry: Registry) -> None:
    config = registry.etc / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "every": {"backup": 3600}}))
    ago = time.time() - 3 * 3600
    (registry.state / "backup.json").write_text(json.dumps({"started": ago, "succeeded": ago, "error": ""}))


def closed_front(registry: Registry) -> None:
    Path(registry.instance.plan.paths.read_only).write_text(
        "dockyard: while an operation changes the store\n"
    )


@pytest.mark.parametrize(
    ("cause", "name", "evidence"),
    [
        (open_key, "permissions", "private.key has mode 0644"),
        (broken_configuration, "configuration", 'unknown directive "nonsense"'),
        (old_backup, "last backup", "3 hours ago; it should every 60 minutes"),
        (closed_front, "writes", "no operation runs"),
    ],
)
def test_what_is_wrong_with_files_is_named(
    registry: Registry, cause: Callable[[Registry], None], name: str, evidence: str
) -> None:
    before = checks(registry)
    cause(registry)
    after = checks(registry)
    assert before[name]["status"] != "failure", before[name]
    assert after[name]["status"] == "failure"
    assert evidence in after[name]["evidence"]
    assert after[name]["hint"]
    # It does not run: who listens at its port is somebody else, and may come between the two looks.
    new = failing(after) - failing(before) - {"ports"}
    assert new == {name}, {it: (before[it], after[it]) for it in new}


def test_nothing_is_wrong_after_a_backup_and_then_what_is_down_is_named(live: Registry) -> None:
    live.push("team/app", "1", b"layer")
    live.done("backup")
    found = checks(live)
    wrong = [it for it in found.values() if it["status"] in ("warning", "failure")]
    wrong = [it for it in wrong if it["name"] not in OF_THE_MACHINE and ASKED_EARLY not in it["evidence"]]
    assert wrong == []
    assert {"registry answers", "ports", "certificate", "last backup"} <= set(found)

    supervisor(live, "stop", "registry")
    down = checks(live)
    assert {down[it]["status"] for it in ("registry runs", "registry answers")} == {"failure"}
    assert down["front runs"]["status"] == "ok"

    supervisor(live, "stop", "front")
    with socket.create_server(("127.0.0.1", live.instance.plan.settings.port)):
        taken = checks(live)["ports"]
    assert taken["status"] == "failure"
    assert "is taken by" in taken["evidence"]
    assert "nobody listens" in checks(live)["ports"]["evidence"]
