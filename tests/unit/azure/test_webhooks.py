"""Calls that tell others of pushes and deletions."""

import pulumi
import pytest
from dockyard.azure.replicas import Replica, make_replicas
from dockyard.azure.webhooks import make_webhooks, read_webhooks

from tests.unit.azure.sites import plan_of, recorded, refusals, waiting

URI = "https://ci.example.com/hooks/word"
REGIONS = ("westeurope", "northeurope")


def webhooks(sku="Standard", **given):
    return plan_of(read_webhooks, sku, REGIONS, webhooks=given)


def refused(sku="Standard", **given):
    return refusals(read_webhooks, sku, REGIONS, webhooks=given)


def secret(value):
    """As the engine sees a secret."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


def test_a_webhook_is_registered_exactly_and_its_address_is_secret():
    registered, _ = recorded(make_webhooks, webhooks(deploy={"service_uri": URI}))
    assert registered.names() == {("Webhook", "images-webhook-deploy")}
    assert registered.one("Webhook") == {
        "webhookName": "deploy",
        "registryName": "shopimages",
        "resourceGroupName": "shop",
        "location": "westeurope",
        "actions": ["push"],
        "serviceUri": secret(URI),
        "status": "enabled",
        "tags": {"team": "platform"},
    }


def test_everything_can_be_said_and_headers_are_secret():
    given = {
        "service_uri": URI,
        "actions": ["delete"],
        "scope": "team/api:*",
        "headers": {"Authorization": "word"},
        "enabled": False,
        "location": "northeurope",
    }
    found = recorded(make_webhooks, webhooks(deploy=given))[0].one("Webhook")
    assert found["actions"] == ["delete"]
    assert found["scope"] == "team/api:*"
    assert found["customHeaders"] == secret({"Authorization": "word"})
    assert (found["status"], found["location"]) == ("disabled", "northeurope")


def test_the_address_may_be_known_during_the_deployment_only():
    def later():
        return webhooks(deploy={"service_uri": pulumi.Output.from_input(URI)})

    assert recorded(make_webhooks, later)[0].one("Webhook")["serviceUri"] == secret(URI)


def test_it_waits_for_the_replicas():
    def make(name, plan, site, opts):
        replicas = make_replicas(name, (Replica("northeurope"),), site, opts)
        make_webhooks(name, plan, site, opts, replicas)
        return replicas

    replicas, found = waiting(make, webhooks(deploy={"service_uri": URI}))
    assert found["Webhook"] == replicas


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "service_uri: is required"),
        ({"service_uri": "http://ci.example.com"}, "service_uri: is not an address to call safely"),
        ({"service_uri": URI, "actions": []}, "actions: must name at least one"),
        ({"service_uri": URI, "actions": ["pull"]}, "actions: no such action: 'pull'"),
        ({"service_uri": URI, "scope": "api"}, "scope: is not a repository and its tags: 'api'"),
        ({"service_uri": URI, "scope": "team/*:*"}, "scope: is not a repository and its tags: 'team/*:*'"),
        ({"service_uri": URI, "location": "eastus"}, "location: holds nothing of the registry: 'eastus'"),
        ({"service_uri": URI, "headers": {"X": 1}}, "headers/X: must be text"),
        ({"service_uri": URI, "uri": "x"}, "uri: unknown key"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(given, problem):
    assert refused(deploy=given) == [f"webhooks/deploy/{problem}"]


def test_an_address_that_is_refused_is_not_repeated():
    assert "hunter2" not in repr(refused(deploy={"service_uri": "http://ci.example.com/hunter2"}))


@pytest.mark.parametrize(("sku", "most"), [("Basic", 2), ("Standard", 10), ("Premium", 500)])
def test_each_tier_takes_its_number_of_them(sku, most):
    many = {f"hook{number:03}": {"service_uri": URI} for number in range(most + 1)}
    assert refused(sku, **many) == [f"webhooks: must be {most} at most in the tier {sku}, got {most + 1}"]
    assert refused(my_hook={"service_uri": URI}) == ["webhooks/my_hook: is not a name for a webhook"]
