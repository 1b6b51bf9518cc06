"""Where a stack's registry is: as either engine keeps it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dockyard.cli import context, place
from dockyard.engine.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret
from dockyard.errors import DockyardError

SSH = {"host": "h", "user": "deploy", "hostKey": "/known", "sudo": True, "python": "/usr/bin/python3.11"}
FILES = {"/etc/dockyard/main/ops/config.json": {}, "/etc/dockyard/main/front/nginx.conf": {}}


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Finds the registry of a state with these hosts."""
    monkeypatch.setattr(context, "choose", lambda *_: "embedded")

    def find(*hosts: dict[str, Any]) -> place.Place:
        resources = [SimpleNamespace(type=place.HOST, inputs=inputs) for inputs in hosts]
        backend = SimpleNamespace(load=lambda *_: SimpleNamespace(resources=resources))
        return place.find(SimpleNamespace(backend=backend, project=SimpleNamespace(name="p")), "s", "auto")

    return find


def test_this_machine_s(embedded: Any) -> None:
    found = embedded({"files": FILES, "connection": {"local": {}}})
    assert found.command[0] == "/usr/bin/python3"
    assert found.command[-1] == "/etc/dockyard/main/ops/ops.pyz"
    assert found.folder(Path("restored")) == str(Path("restored").absolute())


def test_another_host_s_with_its_secrets_and_its_python(embedded: Any) -> None:
    connection = {"ssh": {**SSH, "sudoPassword": Secret("hush")}}
    found = embedded({"files": FILES, "connection": connection})
    assert found.connection["ssh"]["sudoPassword"] == "hush"
    assert "hush" not in repr(found)
    assert found.command[0] == "/usr/bin/python3.11"
    assert found.folder(Path("/srv/x")) == "/srv/x"
    with pytest.raises(DockyardError, match="--to: x is no absolute path"):
        found.folder(Path("x"))


def test_two_registries_are_told_though_their_paths_are_equal(embedded: Any) -> None:
    hosts = [{"files": FILES, "connection": {"ssh": {**SSH, "host": host}}} for host in ("a", "b")]
    with pytest.raises(DockyardError, match="more than one registry"):
        embedded(*hosts)


def test_the_cli_is_asked_for_secrets_only_where_a_connection_has_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []
    connection: dict[str, Any] = {"ssh": dict(SSH)}

    def output(_: Any, arguments: list[str]) -> str:
        asked.append(arguments)
        shown = "plaintext" if "--show-secrets" in arguments else "ciphertext"
        value = {SIGNATURE_KEY: SECRET_SIGNATURE, shown: json.dumps("hush")}
        ssh = {key: value if key == "sudoPassword" else item for key, item in connection["ssh"].items()}
        inputs = {"files": FILES, "connection": {"ssh": ssh}}
        return json.dumps({"deployment": {"resources": [{"type": place.HOST, "inputs": inputs}]}})

    monkeypatch.setattr(context, "choose", lambda *_: "pulumi")
    monkeypatch.setattr(context, "pulumi_output", output)
    assert place.find(SimpleNamespace(), "s", "auto").connection == {"ssh": SSH}
    assert asked == [["stack", "export", "-s", "s"]]
    connection["ssh"]["sudoPassword"] = "?"
    assert place.find(SimpleNamespace(), "s", "auto").connection["ssh"]["sudoPassword"] == "hush"
    assert asked[1:] == [["stack", "export", "-s", "s"], ["stack", "export", "-s", "s", "--show-secrets"]]
