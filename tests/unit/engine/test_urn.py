"""Names of resources."""

import pytest
from dockyard.engine import urn as urns

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("", "urn:pulumi:dev::p::a:b:C::n"),
        (STACK, "urn:pulumi:dev::p::a:b:C::n"),
        ("urn:pulumi:dev::p::x:y:Z::top", "urn:pulumi:dev::p::x:y:Z$a:b:C::n"),
        ("urn:pulumi:dev::p::x:y:Z$q:r:S::mid", "urn:pulumi:dev::p::x:y:Z$q:r:S$a:b:C::n"),
    ],
)
def test_a_child_carries_its_parents_types_but_not_the_stacks(parent, expected):
    """As Pulumi names them, or another engine would see other resources."""
    assert urns.make("dev", "p", parent, "a:b:C", "n") == expected


def test_a_name_may_hold_double_colons():
    """Names are free text."""
    urn = urns.make("dev", "p", "", "a:b:C", "x::y::z")
    assert urns.name_of(urn) == "x::y::z"
    assert urns.type_of(urn) == "a:b:C"


def test_a_provider_reference_is_a_urn_and_an_id():
    """The id is what follows the last double colon."""
    urn = "urn:pulumi:dev::p::pulumi:providers:yard::default"
    assert urns.split_reference(f"{urn}::some-id") == (urn, "some-id")


@pytest.mark.parametrize("text", ["", "urn:pulumi:dev::p::t", "x::y"])
def test_what_is_no_urn_is_refused(text):
    """A damaged state must not be read as something else."""
    with pytest.raises(ValueError, match="not a URN"):
        urns.parse(text)


def test_the_package_of_a_type():
    """A provider's own type names the package that it serves."""
    assert urns.package_of("dockyard:index:Host") == "dockyard"
    assert urns.package_of("pulumi:providers:dockyard") == "dockyard"
