"""A provider whose whole world is a folder: one file per thing, one line per call. For tests only.

`YARD_WORLD` names the folder. `yard:index:Thing` does what its inputs say: `fail` names calls that fail,
`slow` seconds that a create takes, `identity` replaces when it changes, `deleteFirst` replaces by deleting
first, `refuse` makes
Check fail.
"""

import json
import os
import sys
import time
from concurrent import futures
from pathlib import Path

import grpc
from dockyard.provider.stubs import proto
from google.protobuf import empty_pb2, json_format, struct_pb2

plugin_pb2, provider_pb2, provider_pb2_grpc = proto.plugin_pb2, proto.provider_pb2, proto.provider_pb2_grpc

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
WORLD = Path(os.environ.get("YARD_WORLD", "."))
ACCEPTS_SECRETS = os.environ.get("YARD_SECRETS", "yes") == "yes"


def to_dict(struct: struct_pb2.Struct) -> dict:
    return json_format.MessageToDict(struct)


def to_struct(values: dict) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def plain(value):
    """The value without secret wrappers: what the world keeps."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def file_of(identity: str) -> Path:
    return WORLD / "things" / f"{identity}.json"


def note(call: str, name: str, **extra) -> None:
    """One line per call, appended in one write, so that tests can count and order them."""
    line = json.dumps({"call": call, "name": name, "at": time.monotonic(), **extra}) + "\n"
    with (WORLD / "calls.jsonl").open("a") as file:
        file.write(line)


def failing(context, call: str, inputs: dict) -> None:
    if call in str(inputs.get("fail", "")).split(","):
        context.abort(grpc.StatusCode.UNKNOWN, f"{call} was told to fail")


class Yard(provider_pb2_grpc.ResourceProviderServicer):
    def Handshake(self, request, context):
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=ACCEPTS_SECRETS, accept_resources=True)

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.2.3")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        changed = to_dict(request.olds) != to_dict(request.news)
        replaces = (
            ["world"] if to_dict(request.olds).get("world") != to_dict(request.news).get("world") else []
        )
        return provider_pb2.DiffResponse(changes=2 if changed else 1, replaces=replaces)

    def Configure(self, request, context):
        note("configure", request.urn.rsplit("::")[-1])
        return provider_pb2.ConfigureResponse(
            acceptSecrets=ACCEPTS_SECRETS, supportsPreview=True, acceptResources=True
        )

    def Check(self, request, context):
        news = plain(to_dict(request.news))
        note("check", request.name)
        if "refuse" in news:
            return provider_pb2.CheckResponse(
                inputs=request.news,
                failures=[provider_pb2.CheckFailure(property="refuse", reason=str(news["refuse"]))],
            )
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        olds, news = plain(to_dict(request.old_inputs)), plain(to_dict(request.news))
        note("diff", request.name)
        failing(context, "diff", news)
        keys = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key))
        keys = [key for key in keys if key not in request.ignoreChanges]
        replaces = [key for key in keys if key == "identity"]
        kinds = {
            key: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.UPDATE_REPLACE
                if key in replaces
                else provider_pb2.PropertyDiff.UPDATE,
                inputDiff=True,
            )
            for key in keys
        }
        return provider_pb2.DiffResponse(
            changes=2 if keys else 1,
            diffs=keys,
            replaces=replaces,
            deleteBeforeReplace=bool(news.get("deleteFirst")),
            detailedDiff=kinds,
            hasDetailedDiff=True,
        )

    def outputs(self, name: str, inputs: dict) -> dict:
        token = f"token-of-{name}"
        shown = {SIGNATURE: SECRET, "value": token} if ACCEPTS_SECRETS else token
        return {**inputs, "token": shown, "size": len(json.dumps(plain(inputs)))}

    def Create(self, request, context):
        inputs = to_dict(request.properties)
        bare = plain(inputs)
        if request.preview:
            note("preview", request.name)
            return provider_pb2.CreateResponse(
                properties=to_struct({**inputs, "token": UNKNOWN, "size": UNKNOWN})
            )
        note("create", request.name, timeout=request.timeout)
        time.sleep(bare.get("slow", 0))
        failing(context, "create", bare)
        identity = f"{request.name}-{bare.get('identity', '0')}"
        file_of(identity).write_text(json.dumps(bare))
        if "init" in str(bare.get("fail", "")):
            detail = provider_pb2.ErrorResourceInitFailed(
                id=identity, properties=request.properties, reasons=["told to fail after it was made"]
            )
            self.fail_with(context, "init", detail)
        note("created", request.name)
        return provider_pb2.CreateResponse(
            id=identity, properties=to_struct(self.outputs(request.name, inputs))
        )

    def fail_with(self, context, message: str, detail) -> None:
        from pulumi.runtime.proto import status_pb2

        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, message)

    def Read(self, request, context):
        note("read", request.id)
        if not file_of(request.id).exists():
            return provider_pb2.ReadResponse()
        found = json.loads(file_of(request.id).read_text())
        known = to_dict(request.inputs)
        inputs = {
            key: known[key] if plain(known.get(key)) == value else value for key, value in found.items()
        }
        name = request.id.rsplit("-", 1)[0]
        return provider_pb2.ReadResponse(
            id=request.id, inputs=to_struct(inputs), properties=to_struct(self.outputs(name, inputs))
        )

    def Update(self, request, context):
        inputs = to_dict(request.news)
        if request.preview:
            note("preview", request.name)
            return provider_pb2.UpdateResponse(properties=to_struct({**inputs, "size": UNKNOWN}))
        note("update", request.name)
        failing(context, "update", plain(inputs))
        file_of(request.id).write_text(json.dumps(plain(inputs)))
        return provider_pb2.UpdateResponse(properties=to_struct(self.outputs(request.name, inputs)))

    def Delete(self, request, context):
        note("delete", request.name, id=request.id)
        time.sleep(plain(to_dict(request.old_inputs)).get("slow", 0))
        failing(context, "delete", plain(to_dict(request.old_inputs)))
        file_of(request.id).unlink(missing_ok=True)
        note("deleted", request.name, id=request.id)
        return empty_pb2.Empty()

    def Invoke(self, request, context):
        args = plain(to_dict(request.args))
        if args.get("text") == "bad":
            failure = provider_pb2.CheckFailure(property="text", reason="must not be bad")
            return provider_pb2.InvokeResponse(failures=[failure])
        return provider_pb2.InvokeResponse(
            **{"return": to_struct({"upper": str(args.get("text", "")).upper()})}
        )

    def Cancel(self, request, context):
        note("cancel", "")
        return empty_pb2.Empty()


def main() -> None:
    (WORLD / "things").mkdir(parents=True, exist_ok=True)
    if os.environ.get("YARD_BROKEN"):
        sys.exit("the yard is closed today")
    server = grpc.server(futures.ThreadPoolExecutor(32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Yard(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


main()
