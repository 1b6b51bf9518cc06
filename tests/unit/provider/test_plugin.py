"""The plugin as a process, spoken to as an engine does."""

import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.engine.wire import decode, encode
from dockyard.provider.stubs import proto
from google.protobuf import empty_pb2

COMPONENTS = Path(__file__).parents[3] / "components"
URN = "urn:pulumi:dev::test::dockyard:index:{}::one"


@pytest.fixture(scope="module")
def plugin():
    """A stub for a running plugin without an engine."""
    process = subprocess.Popen([sys.executable, str(COMPONENTS)], stdout=subprocess.PIPE, text=True)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield proto.ResourceProviderStub(channel)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def refusal(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=30)
    return caught.value.code(), caught.value.details()


def test_the_plugin_does_not_load_the_sdk():
    """`import pulumi` alone takes longer than the plugin needs to start."""
    code = (
        "import sys, dockyard.provider.server, dockyard.provider.stubs as stubs;"
        "heavy = {'cryptography', 'bcrypt', 'pyinfra', 'gevent', 'pulumi', 'pulumi.runtime'} & set(sys.modules);"
        "assert not heavy, heavy; import pulumi; assert pulumi.ComponentResource; assert pulumi.runtime.test"
    )
    subprocess.run([sys.executable, "-c", code], cwd=COMPONENTS, check=True, timeout=60)


def test_secrets_are_accepted_and_previews_supported(plugin):
    assert plugin.Handshake(proto.ProviderHandshakeRequest()).accept_secrets
    answer = plugin.Configure(proto.ConfigureRequest())
    assert answer.acceptSecrets
    assert answer.supportsPreview


def test_the_schema_describes_what_is_served(plugin):
    schema = json.loads(plugin.GetSchema(proto.GetSchemaRequest()).schema)
    assert sorted(schema["resources"]) == [
        f"dockyard:index:{name}"
        for name in (
            "AcrRegistry",
            "Certificate",
            "Credential",
            "EcrPublicRegistry",
            "EcrRegistry",
            "EcrRegistrySettings",
            "EcrVpcEndpoints",
            "GarRegistry",
            "Host",
            "PullAccess",
            "PullSecret",
            "SelfHostedRegistry",
        )
    ]
    assert schema["version"] == plugin.GetPluginInfo(empty_pb2.Empty()).version
    references = {line for line in json.dumps(schema).split('"') if line.startswith("#/types/")}
    assert references == {f"#/types/{name}" for name in schema["types"]}
    for resource in schema["resources"].values():
        assert set(resource["required"]) <= set(resource["properties"])
        assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])


def test_check_names_every_problem(plugin):
    request = proto.CheckRequest(
        urn=URN.format("Credential"), news=encode({"username": "a b", "bcryptCost": 99})
    )
    failures = plugin.Check(request).failures
    assert [failure.property for failure in failures] == ["username", "bcryptCost"]


def test_check_fills_in_defaults_and_keeps_secrets(plugin):
    request = proto.CheckRequest(urn=URN.format("Credential"), news=encode({"username": Secret("ci")}))
    assert decode(plugin.Check(request).inputs) == {"username": Secret("ci"), "bcryptCost": 5}


def test_a_credential_is_created_with_secret_outputs(plugin):
    inputs = {"username": "ci", "bcryptCost": 5}
    request = proto.CreateRequest(urn=URN.format("Credential"), properties=encode(inputs))
    outputs = decode(plugin.Create(request).properties)
    assert isinstance(outputs["password"], Secret)
    diff = proto.DiffRequest(urn=URN.format("Credential"), olds=encode(outputs), news=encode(inputs))
    assert plugin.Diff(diff).changes == proto.DiffResponse.DIFF_NONE
    diff.news.update({"username": "cd"})
    answer = plugin.Diff(diff)
    assert list(answer.replaces) == ["username"]
    assert answer.detailedDiff["username"].kind == proto.PropertyDiff.UPDATE_REPLACE
    read = proto.ReadRequest(urn=diff.urn, id="ci", properties=encode(outputs), inputs=encode(inputs))
    answer = plugin.Read(read)
    assert decode(answer.properties) == outputs
    assert decode(answer.inputs) == inputs


def test_a_preview_gives_unknown_secrets(plugin):
    properties = encode({"username": UNKNOWN, "bcryptCost": 5})
    request = proto.CreateRequest(urn=URN.format("Credential"), properties=properties, preview=True)
    assert decode(plugin.Create(request).properties)["password"] == Secret(UNKNOWN)


def test_an_unknown_type_is_refused_by_name(plugin):
    code, text = refusal(plugin.Create, proto.CreateRequest(urn=URN.format("Ship")))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "has no resource dockyard:index:Ship" in text


def test_a_defect_shows_where_and_not_what(plugin):
    """An exception's text may repeat a secret: only its kind and its place are told."""
    request = proto.CreateRequest(urn=URN.format("Credential"), properties=encode({"username": "hush"}))
    code, text = refusal(plugin.Create, request)
    assert code is grpc.StatusCode.INTERNAL
    assert text.startswith("a defect in dockyard: KeyError at ")
    assert "Traceback" not in text


def test_a_component_that_there_is_not_is_refused(plugin):
    code, text = refusal(plugin.Construct, proto.ConstructRequest(type="dockyard:index:Nothing"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert text.endswith("has no component dockyard:index:Nothing")
