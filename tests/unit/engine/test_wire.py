"""Property values survive the wire, in the form that their reader accepts."""

import pytest
from dockyard.engine import values, wire
from dockyard.engine.values import UNKNOWN, Output, ResourceReference, Secret
from dockyard.engine.wire import Accepts
from dockyard.errors import DockyardError
from google.protobuf import json_format, struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
anything = st.recursive(
    plain | st.just(UNKNOWN),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | inner.map(wire.secret),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), anything))
def test_what_is_encoded_decodes_to_the_same(properties):
    """Secrets and unknowns among it, at any depth."""
    assert wire.identical(wire.decode(wire.encode(properties)), properties)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), plain))
def test_plain_values_are_encoded_as_protobuf_itself_does(properties):
    """The hand-written conversion and json_format agree byte for byte."""
    expected = json_format.ParseDict(properties, struct_pb2.Struct())
    assert wire.encode(properties) == expected


def test_whole_numbers_come_back_as_int_and_others_as_float():
    """State must say 54, not 54.0, as the CLI's does."""
    decoded = wire.decode(wire.encode({"a": 54, "b": 2.5, "c": 1e300}))
    assert decoded == {"a": 54, "b": 2.5, "c": 1e300}
    assert type(decoded["a"]) is int


def test_a_reader_without_secrets_is_sent_the_value_alone():
    """A provider that does not know secrets must not see the wrapper."""
    encoded = wire.encode({"key": {"deep": Secret("hush")}}, Accepts(secrets=False))
    assert json_format.MessageToDict(encoded) == {"key": {"deep": "hush"}}


@pytest.mark.parametrize(
    ("accepts", "reference", "expected"),
    [
        (Accepts(resources=False), ResourceReference("urn:x", "id-1"), "id-1"),
        (Accepts(resources=False), ResourceReference("urn:x", None), "urn:x"),
        (Accepts(), ResourceReference("urn:x", UNKNOWN), ResourceReference("urn:x", "")),
    ],
)
def test_a_resource_reference_is_its_id_for_a_reader_without_them(accepts, reference, expected):
    """A component has no id: its URN stands for it."""
    assert wire.decode(wire.encode({"it": reference}, accepts)) == {"it": expected}


def test_every_kind_of_unknown_is_understood():
    """The SDKs use one fixed string for each type."""
    sent = {str(number): text for number, text in enumerate(sorted(values.UNKNOWN_STRINGS))}
    struct = struct_pb2.Struct()
    struct.update(sent)
    assert all(value is UNKNOWN for value in wire.decode(struct).values())


def test_an_output_is_downgraded_to_what_it_holds_and_its_dependencies_are_kept_apart():
    """State never holds outputs; the dependencies go to the property's own list."""
    value = {
        "a": [Output(Output("x", secret=True, dependencies=("u2",)), dependencies=("u1",))],
        "b": Output(None, known=False),
    }
    assert wire.downgrade(value) == {"a": [Secret("x")], "b": UNKNOWN}
    assert sorted(wire.dependencies(value)) == ["u1", "u2"]


def test_a_secret_of_a_secret_is_one_secret():
    """Otherwise each pass through the engine would add a wrapper."""
    assert wire.secret(wire.secret("x")) == Secret("x")


def test_secrets_of_inputs_are_put_back_on_outputs_of_the_same_name():
    """For providers that do not understand secrets: what went in secret must not come out plain."""
    outputs = wire.keep_secrets(
        {"a": "1", "b": {"c": "2", "d": "3"}, "e": "4"}, {"a": Secret("1"), "b": {"c": Secret("2")}}
    )
    assert outputs == {"a": Secret("1"), "b": {"c": Secret("2"), "d": "3"}, "e": "4"}


def test_a_boolean_is_no_number_and_a_secret_no_difference():
    """Python says True == 1; a provider does not."""
    assert not wire.equal({"a": True}, {"a": 1})
    assert wire.equal({"a": Secret("x")}, {"a": "x"})
    assert not wire.identical({"a": Secret("x")}, {"a": "x"})


@pytest.mark.parametrize("signature", [values.ASSET_SIGNATURE, values.ARCHIVE_SIGNATURE])
def test_assets_are_refused_by_name(signature):
    """Refused, never ignored."""
    struct = struct_pb2.Struct()
    struct.update({"file": {values.SIGNATURE_KEY: signature, "path": "x"}})
    with pytest.raises(DockyardError, match="assets and archives are not supported"):
        wire.decode(struct)
