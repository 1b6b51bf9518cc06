"""Repositories that are fetched from other registries on their first pull."""

import pytest
from dockyard.azure.cache import make_cache, read_cache

from tests.unit.azure.sites import VAULT, plan_of, recorded, refusals, waiting

SECRETS = "https://words.vault.azure.net/secrets"
HUB = {
    "login_server": "docker.io",
    "username_secret": f"{SECRETS}/hub-user",
    "password_secret": f"{SECRETS}/hub-word",
    "vault_id": VAULT,
}
HUB_RULE = {"source": "docker.io/library/*", "target": "hub/*", "credentials": "hub"}
MCR = {"source": "mcr.microsoft.com/dotnet/runtime", "target": "dotnet/runtime"}


def cache(credentials=None, **rules):
    return plan_of(read_cache, cache=rules, cache_credentials=credentials or {})


def refused(credentials=None, **rules):
    return refusals(read_cache, cache=rules, cache_credentials=credentials or {})


def test_a_rule_without_a_login_is_registered_exactly():
    registered, made = recorded(make_cache, cache(net=MCR))
    assert registered.names() == {("CacheRule", "images-cache-net")}
    assert registered.one("CacheRule") == {
        "cacheRuleName": "cache-net",
        "registryName": "shopimages",
        "resourceGroupName": "shop",
        "sourceRepository": "mcr.microsoft.com/dotnet/runtime",
        "targetRepository": "dotnet/runtime",
    }
    assert len(made) == 1


def test_a_login_has_an_identity_that_may_read_the_words_in_its_vault():
    registered, _ = recorded(make_cache, cache({"hub": HUB}, lib=HUB_RULE))
    assert registered.one("CredentialSet") == {
        "credentialSetName": "login-hub",
        "registryName": "shopimages",
        "resourceGroupName": "shop",
        "loginServer": "docker.io",
        "identity": {"type": "SystemAssigned"},
        "authCredentials": [
            {
                "name": "Credential1",
                "usernameSecretIdentifier": f"{SECRETS}/hub-user",
                "passwordSecretIdentifier": f"{SECRETS}/hub-word",
            }
        ],
    }
    given = registered.one("RoleAssignment")
    given.pop("roleAssignmentName")
    definitions = "/subscriptions/s-1/providers/Microsoft.Authorization/roleDefinitions"
    assert given == {
        "scope": VAULT,
        "principalId": "images-login-hub-principal",
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"{definitions}/4633458b-17de-408a-b874-0445c86b69e6",
    }
    assert registered.one("CacheRule")["credentialSetResourceId"] == "images-login-hub-id"


def test_a_rule_waits_until_its_login_may_read_the_words():
    """Azure takes the rule before, and the first pull fails."""
    _, found = waiting(make_cache, cache({"hub": HUB}, lib=HUB_RULE))
    assert [type(resource).__name__ for resource in found["CacheRule"]] == ["RoleAssignment"]
    assert found["CredentialSet"] == []


def test_without_a_vault_the_role_is_the_user_s_to_give():
    login = {key: value for key, value in HUB.items() if key != "vault_id"}
    registered, _ = recorded(make_cache, cache({"hub": login}, lib=HUB_RULE))
    assert registered.of("RoleAssignment") == {}


def test_without_rules_and_logins_there_is_nothing():
    assert plan_of(read_cache) is None


def test_reordering_changes_nothing():
    rules = {"a": MCR, "b": {"source": "quay.io/prometheus/*", "target": "quay/*"}}
    assert cache(**rules) == cache(**dict(reversed(rules.items())))


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io"])
def test_docker_hub_is_not_cached_without_a_login(host):
    rule = {"source": f"{host}/library/*", "target": "hub/*"}
    assert refused(lib=rule) == ["cache/lib/credentials: is required for Docker Hub"]


@pytest.mark.parametrize("host", ["mcr.microsoft.com", "public.ecr.aws"])
def test_what_azure_caches_without_a_login_only_takes_none(host):
    login = {**HUB, "login_server": host}
    rule = {"source": f"{host}/a", "target": "a", "credentials": "own"}
    assert refused({"own": login}, a=rule) == [f"cache/a/credentials: does not go with {host}"]


@pytest.mark.parametrize(
    ("one", "other", "overlaps"),
    [
        ("hub/*", "hub/*", True),
        ("*", "hub/*", True),
        ("hub/*", "hub/library/*", True),
        ("hub/library/*", "hub/*", True),
        ("hub/library", "hub/library", True),
        ("hub/*", "hub/library", False),
        ("*", "hub/library", False),
        ("hub/*", "hubs/*", False),
        ("hub/library", "hub/library/a", False),
    ],
)
def test_two_rules_may_not_fetch_the_same_repositories(one, other, overlaps):
    def rule(target):
        return {"source": f"quay.io/{target if target != '*' else '*'}", "target": target}

    expected = [f"cache/b/target: overlaps with that of 'a': {one!r}"] if overlaps else []
    assert refused(a=rule(one), b=rule(other)) == expected


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"source": "ubuntu", "target": "u"}, "source: is not something to cache: 'ubuntu'"),
        ({"source": "quay.io/team*", "target": "t/*"}, "source: is not something to cache: 'quay.io/team*'"),
        ({"source": "quay.io/*/api", "target": "t"}, "source: is not something to cache: 'quay.io/*/api'"),
        (
            {"source": "https://quay.io/a", "target": "t"},
            "source: is not something to cache: 'https://quay.io/a'",
        ),
        ({"source": "quay.io/a", "target": ""}, "target: is not a repository: ''"),
        ({"source": "quay.io/a/*", "target": "a*"}, "target: is not a repository: 'a*'"),
        ({"source": "quay.io/a/*", "target": "a"}, "target: and source must both end in /*, or neither"),
        ({"source": "quay.io/a", "target": "a/*"}, "target: and source must both end in /*, or neither"),
        (
            {"source": "quay.io/a", "target": "a", "credentials": "quai"},
            "credentials: no such key in cache_credentials: 'quai'",
        ),
        (
            {"source": "quay.io/a", "target": "a", "credentials": "hub"},
            "credentials: is a login at docker.io, and source is at quay.io",
        ),
        ({"source": "quay.io/a", "target": "a", "tag": "x"}, "tag: unknown key"),
    ],
)
def test_what_azure_cannot_cache_is_refused(rule, problem):
    assert refused({"hub": HUB}, a=rule) == [f"cache/a/{problem}"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"login_server": ""}, "login_server: is not a registry: ''"),
        ({"login_server": "https://docker.io"}, "login_server: is not a registry: 'https://docker.io'"),
        ({"username_secret": None}, "username_secret: is required"),
        (
            {"password_secret": "hunter2"},
            "password_secret: is not where a secret is",
        ),
        (
            {"password_secret": "https://other.vault.azure.net/secrets/word"},
            "password_secret: is in another vault than username_secret",
        ),
        ({"password": "x"}, "password: unknown key"),
    ],
)
def test_what_cannot_be_a_login_is_refused(change, problem):
    assert refused({"hub": {**HUB, **change}}) == [f"cache_credentials/hub/{problem}"]


def test_a_password_in_place_of_its_address_is_not_repeated():
    assert "hunter2" not in repr(refused({"hub": {**HUB, "password_secret": "hunter2"}}))


def test_names_that_azure_would_not_take_and_too_many_rules_are_refused():
    assert refused(My_Rule=MCR) == ["cache/My_Rule: is not a name for something in Azure"]
    many = {f"r{number}": {"source": "quay.io/a", "target": f"a{number}"} for number in range(1001)}
    assert refused(**many) == ["cache: must be 1000 at most, got 1001"]
