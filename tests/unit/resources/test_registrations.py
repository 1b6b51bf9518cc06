"""What the classes register with the engine, exactly."""

import asyncio

import pulumi
import pytest
from dockyard.self_hosted.bundle import Bundle, File, Runtime
from pulumi.runtime.rpc import is_rpc_secret


class Mocks(pulumi.runtime.Mocks):
    """Records; outputs are named after what they are."""

    def __init__(self):
        self.registered = []

    def new_resource(self, args):
        self.registered.append(args)
        return f"{args.name}-id", {
            **args.inputs,
            "privateKey": "KEY",
            "certificate": "PEM",
            "notAfter": "END",
        }

    def call(self, args):
        raise AssertionError("no function is called")


@pytest.fixture
def mocks():
    loops = []

    class Policy(asyncio.DefaultEventLoopPolicy):
        """Knows every loop that the SDK makes: it closes none of them."""

        def new_event_loop(self):
            loops.append(super().new_event_loop())
            return loops[-1]

    asyncio.set_event_loop_policy(Policy())
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="p", stack="s")
    yield mocks
    for loop in loops:
        loop.close()
    asyncio.set_event_loop_policy(None)


def run(program):
    pulumi.runtime.test(program)()


def test_a_certificate_gets_its_issuers_key_as_a_secret(mocks):
    from dockyard.resources.certificate import Certificate

    def program():
        authority = Certificate("ca", "own CA", is_authority=True)
        server = Certificate("tls", "example.test", ["example.test"], issuer=authority)
        return pulumi.Output.all(server.private_key, server.not_after).apply(check)

    def check(values):
        assert values == ["KEY", "END"]

    run(program)
    inputs = mocks.registered[1].inputs
    assert mocks.registered[1].typ == "dockyard:index:Certificate"
    assert is_rpc_secret(inputs.pop("issuerPrivateKey"))
    assert inputs == {
        "commonName": "example.test",
        "dnsNames": ["example.test"],
        "ipAddresses": [],
        "isAuthority": False,
        "validityDays": 90,
        "renewBeforeDays": 30,
        "issuerCertificate": "PEM",
    }


def test_a_credential_registers_what_was_asked_for(mocks):
    from dockyard.resources.credential import Credential

    run(lambda: Credential("ci", "ci", 6, "spring").urn)
    (registered,) = mocks.registered
    assert registered.typ == "dockyard:index:Credential"
    assert registered.inputs == {"username": "ci", "bcryptCost": 6, "rotation": "spring"}


def test_secret_files_of_a_host_are_sent_as_secrets(mocks):
    from dockyard.resources.host import Host

    files = {"/a": File("", 0o600, secret=True), "/b": File("plain", 0o644)}
    run(lambda: Host("h", Bundle(Runtime.SYSTEMD, files=files), {"/a": pulumi.Output.from_input("x")}).urn)
    (registered,) = mocks.registered
    assert registered.typ == "dockyard:index:Host"
    sent = registered.inputs["files"]
    text = str(sent)
    assert "1b47061264138c4ac30d75fd1eb44270" in text
    assert registered.inputs["connection"] == {"local": {}}
