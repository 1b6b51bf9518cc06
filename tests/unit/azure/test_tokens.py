"""Users with a name and a password, and what they may do."""

import subprocess
import sys
from datetime import UTC, datetime

import pulumi
import pulumi_azure_native as azure
import pytest
from dockyard.azure.tokens import make_tokens, read_tokens

from tests.support.recorder import values_of
from tests.unit.azure.sites import Azure, plan_of, recorded, refusals

NOW = datetime(2027, 1, 1, tzinfo=UTC)
MAPS = {"pullers": {"repositories": {"team/*": ["read", "metadata_read"]}}}
END = "2027-06-30T00:00:00Z"


def tokens(maps=MAPS, **given):
    return plan_of(read_tokens, NOW, scope_maps=maps, tokens=given)


def refused(maps=MAPS, **given):
    return refusals(read_tokens, NOW, scope_maps=maps, tokens=given)


def test_a_token_its_rights_and_its_password_are_registered_exactly():
    given = {"scope_map": "pullers", "expires": END}
    registered, passwords = recorded(make_tokens, tokens(robot=given))
    assert registered.names() == {
        ("ScopeMap", "images-scope-pullers"),
        ("RegistryToken", "images-token-robot"),
        ("TokenPassword", "images-token-robot-password"),
    }
    assert registered.one("ScopeMap") == {
        "scopeMapName": "pullers",
        "registryName": "shopimages",
        "resourceGroupName": "shop",
        "actions": ["repositories/team/*/content/read", "repositories/team/*/metadata/read"],
    }
    assert registered.one("RegistryToken") == {
        "name": "robot",
        "containerRegistryName": "shopimages",
        "resourceGroupName": "shop",
        "scopeMapId": "images-scope-pullers-id",
        "enabled": True,
    }
    assert registered.one("TokenPassword") == {
        "containerRegistryTokenId": "images-token-robot-id",
        "password1": {"expiry": END},
    }
    assert set(passwords) == {"robot"}


@pytest.mark.parametrize(
    ("word", "actions"),
    [
        ("read", ["content/read"]),
        ("write", ["content/read", "content/write"]),
        ("delete", ["content/delete"]),
        ("metadata_read", ["metadata/read"]),
        ("metadata_write", ["metadata/write"]),
    ],
)
@pytest.mark.parametrize("repository", ["api", "team/*", "*"])
def test_each_right_is_what_azure_calls_it(word, actions, repository):
    plan = tokens({"rights": {"repositories": {repository: [word]}, "description": "CI"}})
    found = recorded(make_tokens, plan)[0].one("ScopeMap")
    assert found["actions"] == [f"repositories/{repository}/{action}" for action in actions]
    assert found["description"] == "CI"


def test_a_token_without_an_end_has_no_password_and_may_be_off():
    registered, passwords = recorded(make_tokens, tokens(robot={"scope_map": "pullers", "enabled": False}))
    assert registered.one("RegistryToken")["enabled"] is False
    assert registered.of("TokenPassword") == {}
    assert passwords == {}


def test_passwords_are_secret(monkeypatch):
    seen, original = [], Azure.new_resource

    def answered(self, args):
        name, state = original(self, args)
        if "password1" in state:
            state["password1"] = {**state["password1"], "value": "hunter2"}
        return name, state

    monkeypatch.setattr(Azure, "new_resource", answered)

    def make(name, plan, site, opts):
        return values_of(make_tokens(name, plan, site, opts)["robot"], seen)

    recorded(make, tokens(robot={"scope_map": "pullers", "expires": END}))
    assert seen == [["hunter2", True]]


def test_a_new_password_takes_the_old_ones_place():
    """Azure has the old one under the same name, and the provider refuses to make what is there."""
    options = {}

    def make(name, plan, site, opts):
        def note(args):
            options[args.type_.rpartition(":")[2]] = args.opts

        make_tokens(name, plan, site, pulumi.ResourceOptions(transformations=[note]))

    recorded(make, tokens(robot={"scope_map": "pullers", "expires": END}))
    assert options["TokenPassword"].delete_before_replace is True
    assert options["TokenPassword"].additional_secret_outputs == ["password1"]


def test_the_sdk_has_no_way_to_make_a_password():
    """Why tokens are of the classic provider; the other reason is that azure-native writes a token whole, without its passwords."""
    named = [name for name in dir(azure.containerregistry) if "credential" in name.lower()]
    assert not [name for name in named if "generate" in name.lower()]
    assert hasattr(azure.containerregistry, "list_registry_credentials")


def test_the_classic_provider_is_loaded_for_tokens_only():
    code = (
        "import sys, dockyard.azure.tokens, dockyard.azure.cache; "
        "print(*(m for m in sys.modules if m.split('.')[0] in ('pulumi', 'pulumi_azure', 'pulumi_azure_native')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_without_scope_maps_and_tokens_there_is_nothing():
    assert plan_of(read_tokens, NOW) is None


def test_reordering_changes_nothing():
    maps = {"bbbbb": {"repositories": {"b": ["read"], "a": ["write"]}}, **MAPS}
    turned = {"pullers": MAPS["pullers"], "bbbbb": {"repositories": {"a": ["write"], "b": ["read"]}}}
    assert tokens(maps) == tokens(turned)


@pytest.mark.parametrize(
    "name", ["team*", "team/", "*/api", "team/*/api", "team/*/api/*", "**", "Team", "/api", ""]
)
def test_a_wildcard_ends_in_a_slash_and_a_star_or_is_the_star(name):
    problems = refused({"rights": {"repositories": {name: ["read"]}}})
    assert problems == [f"scope_maps/rights/repositories/{name}: is not a repository"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "rights/repositories: must name at least one"),
        ({"repositories": {"api": []}}, "rights/repositories/api: must allow something"),
        ({"repositories": {"api": ["pull"]}}, "rights/repositories/api: no such action: 'pull'"),
        ({"repositories": {"api": ["read"]}, "actions": []}, "rights/actions: unknown key"),
    ],
)
def test_what_cannot_be_a_scope_map_is_refused(given, problem):
    assert refused({"rights": given}) == [f"scope_maps/{problem}"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "scope_map: is required"),
        ({"scope_map": "pushers"}, "scope_map: no such key in scope_maps: 'pushers'"),
        ({"scope_map": "pullers", "expires": "2027-06-30"}, "expires: is not a time: '2027-06-30'"),
        (
            {"scope_map": "pullers", "expires": "2027-06-30T00:00:00"},
            "expires: is not a time: '2027-06-30T00:00:00'",
        ),
        (
            {"scope_map": "pullers", "expires": "2027-13-30T00:00:00Z"},
            "expires: is not a time: '2027-13-30T00:00:00Z'",
        ),
        (
            {"scope_map": "pullers", "expires": "2027-01-01T00:00:00Z"},
            "expires: has gone by: 2027-01-01T00:00:00Z",
        ),
        ({"scope_map": "pullers", "password": "x"}, "password: unknown key"),
    ],
)
def test_what_cannot_be_a_token_is_refused(given, problem):
    assert refused(robot=given) == [f"tokens/robot/{problem}"]


def test_names_that_azure_would_not_take_are_refused():
    assert refused({**MAPS, "ci": {"repositories": {"api": ["read"]}}}, bot={"scope_map": "pullers"}) == [
        "scope_maps/ci: is not a name for a scope map",
        "tokens/bot: is not a name for a token",
    ]
