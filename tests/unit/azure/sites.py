"""A registry for the tests of its parts, and what the parts register."""

import pulumi
from dockyard.azure.site import Site
from dockyard.errors import Problem
from dockyard.reader import Reader

from tests.support.mocks import mocked
from tests.support.recorder import Recorder

ROOT = "/subscriptions/s-1/resourceGroups/shop"
REGISTRY_ID = f"{ROOT}/providers/Microsoft.ContainerRegistry/registries/shopimages"
VAULT = f"{ROOT}/providers/Microsoft.KeyVault/vaults/words"


def site(**more):
    """Its names are known during the deployment only, as those of a real one are."""
    values = {
        "registry_name": pulumi.Output.from_input("shopimages"),
        "registry_id": pulumi.Output.from_input(REGISTRY_ID),
        "resource_group_name": pulumi.Output.from_input("shop"),
        "location": "westeurope",
        "tags": {"team": "platform"},
        "sku": "Premium",
    }
    return Site(**{**values, **more})


class Azure(Recorder):
    """Gives what has an identity of its own the principal `NAME-principal`, and a user's identities as Azure does."""

    def new_resource(self, args):
        found, state = super().new_resource(args)
        identity = state.get("identity", {})
        if identity.get("type") == "SystemAssigned":
            state["identity"] = {**identity, "principalId": f"{args.name}-principal", "tenantId": "t-1"}
        if isinstance(identity.get("userAssignedIdentities"), list):
            state["identity"] = {
                **identity,
                "userAssignedIdentities": {name: {} for name in identity["userAssignedIdentities"]},
            }
        return found, state


def recorded(make, plan, where=None, **more):
    """What `make` registers for the registry `images`, and what it returned. plan: or what makes it, where it holds Outputs."""
    returned = []

    def program():
        known = plan() if callable(plan) else plan
        returned.append(make("images", known, where or site(), pulumi.ResourceOptions(), **more))

    recorder = Azure({}, {})
    with mocked(recorder):
        return recorder.run(program), returned[0]


def waiting(make, plan):
    """What `make` returned, and by the type of each resource, in short, those that it waits for."""
    found = {}

    def note(args):
        found[args.type_.rpartition(":")[2]] = args.opts.depends_on

    def watched(name, known, where, _):
        return make(name, known, where, pulumi.ResourceOptions(transformations=[note]))

    _, returned = recorded(watched, plan)
    return returned, found


def read(function, *rest, **values):
    """What the function reads, and the texts of the problems that it tells, with those of keys that it does not know."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    plan = function(reader, *rest)
    reader.finish()
    return plan, [str(problem) for problem in problems]


def plan_of(function, *rest, **values):
    plan, problems = read(function, *rest, **values)
    assert problems == []
    return plan


def refusals(function, *rest, **values):
    """The texts of the problems; each says what to do, by itself or by a hint."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    function(reader, *rest)
    reader.finish()
    self_explaining = ("must be", "should look like")
    silent = [problem for problem in problems if not problem.hint]
    assert all(problem.message.startswith(self_explaining) for problem in silent), silent
    return [str(problem) for problem in problems]
