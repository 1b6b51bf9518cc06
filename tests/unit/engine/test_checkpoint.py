"""State in the CLI's format: read, decrypted, written again with the same meaning."""

import json
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine import document as documents
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import Checkpoint, ResourceState
from dockyard.engine.properties import Revealed, decode, encode
from dockyard.engine.secrets import Sealer
from dockyard.engine.values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    Output,
    ResourceReference,
    Secret,
)
from dockyard.errors import DockyardError

FILE = Path(__file__).with_name("data") / "prod.json"
HOST = "urn:pulumi:prod::registry::dockyard:index:SelfHostedRegistry$dockyard:index:Host::images"


def reread(prod: Backend) -> tuple[Checkpoint, dict[str, Any]]:
    document = documents.parse(FILE.read_bytes())
    sealer = Sealer(prod.manager(document.salt))
    checkpoint = Checkpoint.from_document(document, sealer)
    return checkpoint, json.loads(documents.write(checkpoint.to_document(sealer)))


def test_a_checkpoint_of_the_cli_is_written_again_with_exactly_the_same_content(prod: Backend) -> None:
    """Secrets keep their ciphertext, times their nanoseconds, and fields that we do not know are kept."""
    _, written = reread(prod)
    assert written == json.loads(FILE.read_text())


def test_every_kind_of_resource_is_read(prod: Backend) -> None:
    checkpoint, _ = reread(prod)
    stack, provider, component, credential, host, condemned = checkpoint.resources
    assert (stack.custom, provider.custom, component.custom) == (False, True, False)
    assert credential.provider == f"{provider.urn}::{provider.id}"
    assert credential.parent == component.urn
    assert credential.protect
    assert credential.custom_timeouts == {"create": 300}
    assert credential.outputs["password"] == Secret("hunter2-of-ci")
    assert host.dependencies == [credential.urn]
    assert host.property_dependencies == {"files": [credential.urn]}
    assert host.retain_on_delete
    assert host.extra["aFieldOfTomorrow"] == {"kept": ["as", "it", {"is": 1}]}
    assert (condemned.urn, condemned.delete) == (credential.urn, True)
    assert [(op.type, op.resource.urn) for op in checkpoint.pending_operations] == [("creating", f"{HOST}2")]


def test_the_stacks_outputs_are_values_with_secrets_marked(prod: Backend) -> None:
    checkpoint, _ = reread(prod)
    assert checkpoint.outputs["users"] == Secret({"ci": "hunter2-of-ci", "nested": [1, 2.5, None, True]})
    assert checkpoint.outputs["ref"].id == "cred-1"
    assert checkpoint.outputs["ratio"] == float("inf")


def test_a_file_of_version_1_gets_what_version_3_says(prod: Backend) -> None:
    old = {
        "stack": "organization/registry/prod",
        "latest": {
            "manifest": {"time": "2018-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [
                {
                    "urn": "urn:a",
                    "custom": False,
                    "type": "t:i:A",
                    "inputs": {"x": 1},
                    "defaults": {},
                    "dependencies": ["urn:b"],
                }
            ],
        },
    }
    for text in (old, {"version": 1, "checkpoint": old}, {"version": 2, "checkpoint": old}):
        document = documents.parse(json.dumps(text).encode())
        assert document.resources[0]["propertyDependencies"] == {"x": ["urn:b"]}
        assert "defaults" not in document.resources[0]


def test_a_stack_that_was_only_named_is_read() -> None:
    """What `pulumi stack init` of 3.260 leaves as .bak."""
    document = documents.parse(b'{"version":0,"checkpoint":{"stack":"organization/demo/dev"}}')
    assert (document.stack, document.resources, document.salt) == ("organization/demo/dev", [], "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "it is not JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"[]", "it is not a JSON object"),
        (b'{"version":3}', "it holds no checkpoint"),
        (
            b'{"version":9,"checkpoint":{"stack":"a","latest":{}}}',
            "its version is 9; this engine reads 1 to 4",
        ),
        (
            b'{"version":3,"checkpoint":{"stack":"a","latest":{"resources":{}}}}',
            "its resources are not a list of objects",
        ),
        (
            b'{"version":4,"features":["taint","views"],"checkpoint":{"stack":"a"}}',
            "it uses taint, views, which the embedded engine does not support\n"
            "hint: run this stack with the Pulumi CLI",
        ),
    ],
)
def test_what_is_no_state_is_said_exactly(text: bytes, message: str) -> None:
    with pytest.raises(DockyardError) as error:
        documents.parse(text)
    assert str(error.value) == message


def test_a_state_that_uses_replace_with_says_so_as_the_cli_does(prod: Backend) -> None:
    state = ResourceState("urn:a", "t:i:A", False, extra={"replaceWith": ["urn:b"]})
    document = Checkpoint("organization/registry/prod", [state]).to_document(Revealed())
    written = json.loads(documents.write(document))
    assert (written["version"], written["features"]) == (4, ["replaceWith"])
    assert documents.parse(documents.write(document)).features == ["replaceWith"]


def test_special_values_survive_state() -> None:
    value = {
        "secret": Secret({"inner": Secret([1, "two"])}),
        "unknown": UNKNOWN,
        "reference": ResourceReference("urn:a", "id-1", "1.0.0"),
        "component": ResourceReference("urn:c"),
        "infinite": float("-inf"),
        "asset": {SIGNATURE_KEY: ASSET_SIGNATURE, "text": "hello"},
        "archive": {SIGNATURE_KEY: ARCHIVE_SIGNATURE, "assets": {}},
        "list": [None, True, 2, 2.5, "ünïcode"],
    }
    assert decode(json.loads(json.dumps(encode(value, Revealed(), "x"))), Revealed(), "x") == value


def test_an_output_is_kept_as_the_secret_or_unknown_that_it_is() -> None:
    known = encode(Output("a", secret=True, dependencies=("urn:a",)), Revealed(), "x")
    assert decode(known, Revealed(), "x") == Secret("a")
    assert decode(encode(Output(None, known=False), Revealed(), "x"), Revealed(), "x") is UNKNOWN


def test_what_is_no_property_value_is_refused_with_its_place() -> None:
    with pytest.raises(TypeError, match=r"^urn:a\.inputs\.x\.0: not a property value: set$"):
        encode({"x": [{1}]}, Revealed(), "urn:a.inputs")


def test_a_secret_never_shows_itself() -> None:
    state = ResourceState(
        "urn:a", "t", True, inputs={"x": Secret("hunter2"), "y": Output("hunter2", secret=True)}
    )
    assert "hunter2" not in repr(state)
