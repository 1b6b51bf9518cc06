"""Secrets: never plain in state, events or messages, whatever way they take."""

import pytest
from dockyard.engine.values import Secret

WORDS = ("hush-one", "hush-two", "hush-three", "token-of-")
THINGS = (
    {"name": "a", "props": {"value": {"$secret": "hush-one"}, "deep": {"list": [{"$secret": "hush-two"}]}}},
    {"name": "b", "props": {"value": {"$from": "a.value"}, "token_of_a": {"$from": "a.token"}}},
)
OUTPUTS = {"outputs": {"value": {"$from": "a.value"}, "token": {"$from": "b.token"}, "all": {"$from": "a"}}}


def all_text(lab) -> str:
    """Everything that the engine wrote or said."""
    files = [file for file in (lab.folder / "backend").rglob("*") if file.is_file()]
    return repr(lab.events) + "".join(file.read_text() for file in files)


@pytest.mark.parametrize("accepts", ["yes", "no"])
def test_no_secret_is_plain_in_state_or_events(lab, accepts):
    """Through dependencies, outputs, updates, refresh and destroy, with providers that know secrets and ones that do not.

    What a provider without secrets makes up itself is plain in its own outputs; only what went in secret can be kept so.
    """
    lab.environment["YARD_SECRETS"] = accepts
    words = WORDS if accepts == "yes" else WORDS[:3]
    result = lab.up(*THINGS, rest=OUTPUTS)
    told = all_text(lab)
    lab.up({**THINGS[0], "props": {"value": {"$secret": "hush-three"}}}, THINGS[1], rest=OUTPUTS)
    told += all_text(lab)
    for verb in ("preview", "refresh", "destroy"):
        lab.run(verb)
        told += all_text(lab)
    assert [word for word in words if word in told] == []
    assert result.outputs["value"] == Secret("hush-one")


def test_the_world_gets_the_secrets_themselves(lab):
    """A provider must be given what it is to write."""
    lab.up(*THINGS)
    assert lab.thing("a-0") == {"value": "hush-one", "deep": {"list": ["hush-two"]}}
    assert lab.thing("b-0") == {"value": "hush-one", "token_of_a": "token-of-a"}


def test_an_output_named_secret_by_the_program_is_secret(lab):
    """additionalSecretOutputs, as the SDK sends it."""
    lab.up({"name": "a", "props": {"value": "visible"}, "options": {"additional_secret_outputs": ["size"]}})
    assert "ciphertext" in lab.resource("a")["outputs"]["size"]
    assert lab.resource("a")["outputs"]["value"] == "visible"


def test_a_value_that_becomes_secret_leaves_the_state(lab):
    """The provider sees no difference; the state must."""
    lab.up({"name": "a", "props": {"value": "was-plain"}})
    assert "was-plain" in lab.state_file.read_text()
    lab.up({"name": "a", "props": {"value": {"$secret": "was-plain"}}})
    assert "was-plain" not in str(lab.resource("a")["inputs"])


def test_an_unchanged_secret_keeps_its_ciphertext(lab):
    """A new one in each run would make every state differ."""
    lab.up(*THINGS)
    before = lab.resource("a")["inputs"]
    lab.up(*THINGS, {"name": "c", "props": {"value": 1}})
    assert lab.resource("a")["inputs"] == before


def test_a_failing_provider_does_not_reveal_a_secret(lab):
    """Messages name the resource and the reason."""
    lab.up({"name": "a", "props": {"value": {"$secret": "hush-one"}, "fail": "create"}}, ok=False)
    assert "create was told to fail" in lab.said()
    assert "hush-one" not in all_text(lab)
