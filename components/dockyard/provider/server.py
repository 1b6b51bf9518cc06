"""The plugin process: `python components ENGINE_ADDRESS`, or `pulumi-resource-dockyard ENGINE_ADDRESS`."""

import argparse
import asyncio
import importlib.metadata
import sys

import grpc
import grpc.aio

from dockyard.provider.certificate import Certificate
from dockyard.provider.credential import Credential
from dockyard.provider.host import Host
from dockyard.provider.resource import Resource
from dockyard.provider.servicer import Servicer
from dockyard.provider.stubs import proto

# As Pulumi's own servers: a bundle or a checkpoint may be larger than gRPC's 4 MB.
MESSAGE_LIMIT = 400 * 1024 * 1024
OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
]


def main() -> int:
    """Serves until it is stopped. The first line on stdout is the port, as Pulumi expects it."""
    parser = argparse.ArgumentParser(
        prog="pulumi-resource-dockyard", description="The dockyard provider plugin."
    )
    parser.add_argument("engine", nargs="?", help="the engine's gRPC address; none: log nowhere")
    known, _ = parser.parse_known_args()
    try:
        asyncio.run(serve(known.engine))
    except KeyboardInterrupt:
        return 130
    return 0


async def serve(engine: str | None) -> None:
    """Serves the three resources on a free port of the loopback interface."""
    resources: dict[str, Resource] = {
        "dockyard:index:Host": Host(),
        "dockyard:index:Credential": Credential(),
        "dockyard:index:Certificate": Certificate(),
    }
    server = grpc.aio.server(options=OPTIONS)
    proto.add_ResourceProviderServicer_to_server(Servicer(resources, version(), engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def version() -> str:
    """The installed distribution's version; 0.0.0 where the source folder runs without being installed."""
    try:
        return importlib.metadata.version("dockyard")
    except importlib.metadata.PackageNotFoundError:
        return "0.0.0"
