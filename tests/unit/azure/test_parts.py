"""What belongs to AcrRegistry, made with it."""

import pulumi
import pulumi_azure as classic
import pulumi_azure_native as azure
import pytest
from dockyard.azure import acr
from dockyard.azure.acr import AcrRegistry

from tests.contract.cases import ACR
from tests.support.recorder import values_of
from tests.unit.azure.conftest import BASE

FUTURE = "2099-01-01T00:00:00Z"
TOKENS = {
    "scope_maps": {"pulls": {"repositories": {"*": ["read"]}}},
    "tokens": {"robot": {"scope_map": "pulls", "expires": FUTURE}, "plain": {"scope_map": "pulls"}},
}
PASSWORD = {"azure:containerservice/tokenPassword:TokenPassword": {"password1": {"value": "word"}}}
ALL = {key: value for key, value in ACR.more.items() if key not in ("pull", "push", "ci_trust", "retention")}


@pytest.fixture
def tokens(make):
    make.recorder.outputs = {**make.recorder.outputs, **PASSWORD}
    return make


def test_everything_that_is_asked_for_is_made(tokens):
    found = tokens(**ALL, **TOKENS).names()
    assert found >= {
        ("Replication", "images-replica-northeurope"),
        ("PrivateEndpoint", "images-endpoint-hub"),
        ("PrivateDnsZoneGroup", "images-dns-hub"),
        ("CacheRule", "images-cache-dotnet"),
        ("ScopeMap", "images-scope-pulls"),
        ("RegistryToken", "images-token-robot"),
        ("TokenPassword", "images-token-robot-password"),
        ("DiagnosticSetting", "images-diagnostics-logs"),
        ("ManagementLockByScope", "images-lock"),
        ("Resource", "images-cleanup"),
    }


def test_webhooks_go_to_their_region_and_keep_their_address_to_themselves(make):
    """Also in the arguments of the registry, which stand in the state."""
    hook = {"service_uri": "https://hooks.example/x?key=word", "location": "northeurope"}
    found = make(sku="Premium", replicas={"northeurope": {}}, webhooks={"deploy": hook})
    made = found.one("Webhook")
    assert (made["location"], made["status"]) == ("northeurope", "enabled")
    seen = []
    make(lambda registry: values_of(acr._recorded({"webhooks": {"deploy": hook}})["webhooks"], seen))
    assert seen == [[{"deploy": hook}, True]]
    assert "northasia" in make.refusal(webhooks={"deploy": {**hook, "location": "northasia"}})


def test_the_registry_holds_its_key_and_the_identity_that_reads_it(make):
    registry = make(**ALL).of("Resource")["images-registry"]
    identity = ALL["encryption"]["identity_id"]
    assert registry["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [identity]}
    assert registry["properties"]["encryption"] == {
        "status": "enabled",
        "keyVaultProperties": {
            "keyIdentifier": "https://v.vault.azure.net/keys/k",
            "identity": ALL["encryption"]["identity_client_id"],
        },
    }


def test_a_key_may_be_known_during_the_deployment_only(make, later):
    key = "https://v.vault.azure.net/keys/later"
    encryption = {**ALL["encryption"], "key_identifier": later(key)}
    registry = make(sku="Premium", encryption=encryption).of("Resource")["images-registry"]
    assert registry["properties"]["encryption"]["keyVaultProperties"]["keyIdentifier"] == key


def test_without_a_key_the_registry_has_no_identity(make):
    assert "identity" not in make().of("Resource")["images-registry"]


def options(monkeypatch):
    """Name to the options that a resource is registered with."""
    seen, init = {}, pulumi.CustomResource.__init__

    def watching(self, t, name, *rest, **more):
        init(self, t, name, *rest, **more)
        seen[name] = rest[1] if len(rest) > 1 else more.get("opts")

    monkeypatch.setattr(pulumi.CustomResource, "__init__", watching)
    return seen


def test_copies_stay_as_long_as_the_registry_and_nothing_else_does(make, monkeypatch):
    seen = options(monkeypatch)
    make(**ALL)
    kept = {name for name, opts in seen.items() if opts.retain_on_delete}
    assert kept == {"images-registry", "images-replica-northeurope"}


def test_the_lock_goes_before_everything_that_it_would_hold(make, monkeypatch):
    """A lock on the registry also keeps role assignments on it from being taken away."""
    seen = options(monkeypatch)
    found = make(**ALL, pull=ACR.more["pull"], ci_trust=ACR.more["ci_trust"])
    after = {resource.pulumi_resource_name for resource in seen["images-lock"].depends_on}
    held = {name for typ, name in found.names() if typ in ("RoleAssignment", "CacheRule", "Replication")}
    assert {name for name in held if "cleanup" not in name} <= after
    assert {"images-registry", "images-cleanup"} <= after


def test_the_passwords_of_tokens_are_secret_outputs(tokens):
    seen = []

    def look(registry):
        both = pulumi.Output.all(
            pulumi.Output.unsecret(registry.token_passwords), registry.token_passwords.is_secret()
        )
        return both.apply(seen.append)

    tokens(look, **TOKENS)
    assert seen == [[{"robot": "word"}, True]]
    assert tokens.output("token_passwords") == {}


def test_a_tokens_login_may_be_the_registrys_and_then_nobody_asks_the_registry(tokens, monkeypatch):
    monkeypatch.setattr("dockyard.azure.login.refresh_token", None)
    private = {"sku": "Premium", "public_network_access": False, "login": "robot", **TOKENS}
    assert tokens.output("username", **private) == "robot"
    assert tokens.output("password", **private) == "word"


def test_a_password_that_has_ended_is_refused(make):
    gone = {**TOKENS["tokens"], "robot": {"scope_map": "pulls", "expires": "2020-01-01T00:00:00Z"}}
    assert "tokens/robot/expires: has gone by" in make.refusal(scope_maps=TOKENS["scope_maps"], tokens=gone)


def test_tokens_are_made_by_the_classic_provider_that_the_registry_was_given(tokens):
    def registry():
        providers = [azure.Provider("mine"), classic.Provider("classic")]
        return AcrRegistry("images", {**BASE, **TOKENS}, pulumi.ResourceOptions(providers=providers)).images

    found = tokens.recorder.run(registry)
    made = {item.name: item.provider for item in found.registered if item.typ.startswith("azure:")}
    assert set(made) == {"images-token-robot", "images-token-plain", "images-token-robot-password"}
    assert all("::classic::" in provider for provider in made.values())
