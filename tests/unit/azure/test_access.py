"""From the arguments to what Azure lets through: nobody may do more than they say, nor less."""

from dockyard.azure.abac import READER, WRITER
from dockyard.azure.evaluate_abac import allows
from dockyard.azure.settings import read_settings
from hypothesis import given, settings
from hypothesis import strategies as st

PEOPLE = [f"0b1e0000-0000-4000-8000-00000000000{number}" for number in range(3)]
REPOSITORIES = ["api", "api2", "team/api", "team/api/x"]
WHO = st.lists(st.sampled_from(PEOPLE), max_size=2)
ENTRY = st.fixed_dictionaries({}, optional={"pull": WHO, "push": WHO})
ARGS = st.fixed_dictionaries(
    {"repositories": st.dictionaries(st.sampled_from(REPOSITORIES), ENTRY, min_size=1)},
    optional={"pull": WHO, "push": WHO},
)
READ, WRITE = READER.actions, tuple(set(WRITER.actions) - set(READER.actions))


def said(args, person, kind, repository):
    """Whether the arguments name the person for the repository. Who may push may pull."""
    kinds = ("pull", "push") if kind == "pull" else ("push",)
    entry = args["repositories"].get(repository, {})
    return any(person in place.get(each, ()) for each in kinds for place in (args, entry))


@given(args=ARGS)
@settings(max_examples=100, deadline=None)
def test_azure_lets_through_what_the_arguments_say_and_nothing_else(args):
    base = {"resource_group_name": "rg", "location": "westeurope"}
    found = read_settings({**base, **args}, "x", "images").assignments
    for person in PEOPLE:
        own = [each for each in found if each.member.principal_id == person]
        for repository in [*REPOSITORIES, "other"]:
            for kind, actions in (("pull", READ), ("push", WRITE)):
                for action in actions:
                    allowed = any(allows(each.role, each.condition or "", action, repository) for each in own)
                    assert allowed is said(args, person, kind, repository), (person, kind, repository)


@given(args=ARGS)
@settings(max_examples=50, deadline=None)
def test_no_principal_has_one_role_twice(args):
    """Azure would refuse the second assignment."""
    base = {"resource_group_name": "rg", "location": "westeurope"}
    found = read_settings({**base, **args}, "x", "images").assignments
    roles = [(each.member.principal_id, each.role.guid) for each in found]
    assert len(roles) == len(set(roles))
