"""The pack as an engine runs it: a process of its own that is asked over gRPC."""

import subprocess
import sys
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, engine_pb2_grpc
from registry_policies.rules import BY_NAME

from tests.policy.cases import all_cases, known, stack_resources
from tests.policy.test_rules import PACK

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
CASES = list(all_cases())


@contextmanager
def engine():
    """An address where an engine would be."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine_pb2_grpc.EngineServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


@pytest.fixture(scope="module")
def pack():
    with engine() as address:
        command = [sys.executable, "-u", "-m", "pulumi.policy", address, "."]
        with subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            try:
                with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                    yield analyzer_pb2_grpc.AnalyzerStub(channel)
            finally:
                process.kill()


def struct(properties: Any) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(properties)
    return made


def configure(pack: Any, case: Any) -> None:
    config = {
        name: analyzer_pb2.PolicyConfig(
            enforcementLevel=analyzer_pb2.MANDATORY if name == case.rule else analyzer_pb2.DISABLED,
            properties=struct(case.content.get("config", {})) if name == case.rule else None,
        )
        for name in BY_NAME
    }
    pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config))


def secret(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: {**SECRET, "value": value} for key, value in properties.items()}


def judge(pack: Any, content: dict[str, Any], hide: Any) -> list[str]:
    if "resources" not in content:
        properties = struct(hide(known(content["properties"], UNKNOWN)))
        request = analyzer_pb2.AnalyzeRequest(type=content["type"], properties=properties, urn="u", name="it")
        return [each.message for each in pack.Analyze(request).diagnostics]
    request = analyzer_pb2.AnalyzeStackRequest()
    for each in stack_resources(content, UNKNOWN):
        provider = analyzer_pb2.AnalyzerProviderResource(
            urn=each["provider"], properties=struct(each["provider_properties"])
        )
        request.resources.append(
            analyzer_pb2.AnalyzerResource(
                **{key: each[key] for key in ("type", "name", "urn", "parent", "dependencies")},
                properties=struct(hide(each["properties"])),
                provider=provider if each["provider"] or each["provider_properties"] else None,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in each["property_dependencies"].items()
                },
            )
        )
    return [each.message for each in pack.AnalyzeStack(request).diagnostics]


@pytest.mark.parametrize("hide", [dict, secret], ids=["plain", "secret"])
def test_every_case_ends_over_the_protocol_as_it_does_in_process(pack, hide):
    """Also where every property is a secret: a rule sees what stands in it."""
    wrong = []
    for case in CASES:
        configure(pack, case)
        found, expected = judge(pack, case.content, hide), case.content["expected"]
        told = [part in message for part, message in zip(expected, found, strict=False)]
        if len(found) != len(expected) or not all(told):
            wrong.append((case.id, found))
    assert wrong == []


def test_a_pack_names_its_rules_with_levels_and_thresholds(pack):
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "dockyard"
    told = {each.name: each for each in info.policies}
    assert set(BY_NAME) <= set(told)
    for name, rule in BY_NAME.items():
        level = analyzer_pb2.ADVISORY if rule.advisory else analyzer_pb2.MANDATORY
        assert told[name].enforcementLevel == level
        assert set(told[name].configSchema.properties.keys()) == set(rule.config)
