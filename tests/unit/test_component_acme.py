"""SelfHostedRegistry with a certificate by ACME, as the engine sees it."""

from typing import Any

import pulumi
from dockyard import SelfHostedRegistry
from pulumi.runtime.rpc import is_rpc_secret

from tests.support.mocks import mocked
from tests.unit.test_component import TWO, Mocks

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def made(acme: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What is registered, by name, and the output `ca_certificate`."""
    mocks, seen = Mocks(), []
    with mocked(mocks):

        def program():
            args = {"domain": "registry.example.com", "listen": ["0.0.0.0"], "users": TWO}
            registry = SelfHostedRegistry("images", {**args, "certificate": {"acme": acme}})
            return registry.ca_certificate.apply(seen.append)

        pulumi.runtime.test(program)()
    return {item.name: item for item in mocks.registered}, seen


def test_nobody_is_told_to_trust_the_authority_of_the_first_certificate():
    assert made({})[1] == [""]
    assert made({"trusted_ca": PEM})[1] == [PEM]


def test_the_first_certificate_is_made_as_for_an_own_authority():
    assert {"images-authority", "images-certificate"} <= made({})[0].keys()


def test_secrets_are_secret_in_the_state():
    binding = {"key_id": "kid", "hmac_key": "hmac-word"}
    acme = {"email": "a@example.com", "environment": {"TOKEN": "token-word"}, "binding": binding}
    found, _ = made(acme)
    recorded = found["images"].inputs["certificate"]
    plain = recorded["value"] if is_rpc_secret(recorded) else recorded
    assert plain["acme"]["email"] == "a@example.com"
    for name, value in (("environment", {"TOKEN": "token-word"}), ("binding", binding)):
        assert value == opened(plain["acme"][name])
    assert "word" not in str(hidden(recorded))


def opened(value: Any) -> Any:
    if is_rpc_secret(value):
        return opened(value["value"])
    return {key: opened(item) for key, item in value.items()} if isinstance(value, dict) else value


def hidden(value: Any) -> Any:
    if is_rpc_secret(value):
        return "secret"
    return {key: hidden(item) for key, item in value.items()} if isinstance(value, dict) else value
