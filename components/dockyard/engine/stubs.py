"""Pulumi's gRPC stubs, for the type checker as what they are, at run time without the SDK around them (half a second)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2 as analyzer_pb2
    from pulumi.runtime.proto import analyzer_pb2_grpc as analyzer_pb2_grpc
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc
    from pulumi.runtime.proto import resource_pb2 as resource_pb2
    from pulumi.runtime.proto import resource_pb2_grpc as resource_pb2_grpc
else:
    from dockyard.provider.stubs import proto

    analyzer_pb2 = proto.analyzer_pb2
    analyzer_pb2_grpc = proto.analyzer_pb2_grpc
    engine_pb2 = proto.engine_pb2
    engine_pb2_grpc = proto.engine_pb2_grpc
    provider_pb2 = proto.provider_pb2
    provider_pb2_grpc = proto.provider_pb2_grpc
    resource_pb2 = proto.resource_pb2
    resource_pb2_grpc = proto.resource_pb2_grpc
