"""A provider for a handful of `aws` resources: boto3 behind the plugin protocol. Tests attach it to the engine, with moto as the cloud."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
from dockyard.engine.wire import decode, encode
from dockyard.provider.stubs import proto
from google.protobuf import empty_pb2

from tests.support import aws_settings

REGION = "eu-central-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
_REGION_KEYS = ("description", "endpoint", "id", "name", "region")
Properties = dict[str, Any]


def plain(value: Any) -> Any:
    """Secrets opened."""
    if hasattr(value, "value") and type(value).__name__ == "Secret":
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list) else value


@dataclass
class Cloud(aws_settings.RegistryCloud):
    """Clients of one account. Each method applies one type's inputs and gives id and outputs; a second call with others updates."""

    endpoint: str
    kept: dict[tuple[str, str], Properties] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return aws_settings.client(service, endpoint_url=self.endpoint, **CREDENTIALS)

    def repository(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        ecr, name = self.client("ecr"), inputs["name"]
        scan = {"scanOnPush": inputs["imageScanningConfiguration"]["scanOnPush"]}
        if old is None:
            made = ecr.create_repository(
                repositoryName=name,
                imageTagMutability=inputs["imageTagMutability"],
                imageScanningConfiguration=scan,
                encryptionConfiguration=inputs["encryptionConfigurations"][0],
                tags=[{"Key": key, "Value": value} for key, value in inputs["tags"].items()],
            )["repository"]
        else:
            made = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
            ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=inputs["imageTagMutability"])
            ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration=scan)
        return name, {"arn": made["repositoryArn"], "repositoryUrl": made["repositoryUri"]}

    def lifecycle(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        self.client("ecr").put_lifecycle_policy(
            repositoryName=inputs["repository"], lifecyclePolicyText=inputs["policy"]
        )
        return inputs["repository"], {}

    def repository_policy(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        self.client("ecr").set_repository_policy(
            repositoryName=inputs["repository"], policyText=inputs["policy"]
        )
        return inputs["repository"], {}

    def oidc_provider(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        if old is not None:
            return old["arn"], {"arn": old["arn"]}
        arn = self.client("iam").create_open_id_connect_provider(
            Url=inputs["url"], ClientIDList=inputs["clientIdLists"]
        )["OpenIDConnectProviderArn"]
        return arn, {"arn": arn}

    def role(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        iam = self.client("iam")
        name = old["name"] if old else f"role-{uuid.uuid4().hex[:8]}"
        if old is None:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=inputs["assumeRolePolicy"])
        else:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=inputs["assumeRolePolicy"])
        return name, {"name": name, "arn": iam.get_role(RoleName=name)["Role"]["Arn"]}

    def role_policy(self, inputs: Properties, old: Properties | None) -> tuple[str, Properties]:
        self.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName="images", PolicyDocument=inputs["policy"]
        )
        return f"{inputs['role']}:images", {}

    def delete(self, kind: str, id_: str, state: Properties) -> None:
        ecr, iam = self.client("ecr"), self.client("iam")
        removals: dict[str, Callable[[], object]] = {
            "repository": lambda: ecr.delete_repository(repositoryName=id_, force=state["forceDelete"]),
            "lifecycle": lambda: ecr.delete_lifecycle_policy(repositoryName=id_),
            "repository_policy": lambda: ecr.delete_repository_policy(repositoryName=id_),
            "oidc_provider": lambda: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=id_),
            "role": lambda: iam.delete_role(RoleName=id_),
            "role_policy": lambda: iam.delete_role_policy(RoleName=state["role"], PolicyName="images"),
            **self.removals(id_, state),
        }
        removals[kind]()


KINDS = {
    **aws_settings.KINDS,
    "aws:ecr/repository:Repository": "repository",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "lifecycle",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "repository_policy",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "oidc_provider",
    "aws:iam/role:Role": "role",
    "aws:iam/rolePolicy:RolePolicy": "role_policy",
}


class AwsProvider(proto.ResourceProviderServicer):  # type: ignore[misc]
    """The plugin's service; what it does not know fails with the type's name."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def _apply(self, urn: str, inputs: Any, old: Properties | None) -> tuple[str, Any]:
        kind = KINDS[urn.split("::")[2].rpartition("$")[2]]
        id_, outputs = getattr(self.cloud, kind)(plain(inputs), old)
        return id_, encode({**inputs, **outputs})

    def Handshake(self, request: Any, context: Any) -> Any:
        return proto.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return proto.PluginInfo(version="7.0.0")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Check(self, request: Any, context: Any) -> Any:
        return proto.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = plain(decode(request.old_inputs)), plain(decode(request.news))
        changed = [key for key in {**olds, **news} if olds.get(key) != news.get(key)]
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE, diffs=changed
        )

    def Create(self, request: Any, context: Any) -> Any:
        inputs = decode(request.properties)
        if request.preview:
            return proto.CreateResponse(id="", properties=request.properties)
        id_, properties = self._apply(request.urn, inputs, None)
        return proto.CreateResponse(id=id_, properties=properties)

    def Update(self, request: Any, context: Any) -> Any:
        if request.preview:
            return proto.UpdateResponse(properties=request.news)
        _, properties = self._apply(request.urn, decode(request.news), plain(decode(request.olds)))
        return proto.UpdateResponse(properties=properties)

    def Delete(self, request: Any, context: Any) -> Any:
        kind = KINDS[request.urn.split("::")[2].rpartition("$")[2]]
        self.cloud.delete(kind, request.id, plain(decode(request.properties)))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        answers = {
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": self._token,
            "aws:index/getCallerIdentity:getCallerIdentity": self._identity,
            "aws:index/getRegion:getRegion": lambda: dict.fromkeys(_REGION_KEYS, REGION),
        }
        return proto.InvokeResponse(**{"return": encode(answers[request.tok]())})

    def _token(self) -> Properties:
        token = self.cloud.client("ecr").get_authorization_token()["authorizationData"][0]
        answer = {"authorizationToken": token["authorizationToken"], "userName": "AWS", "password": "token"}
        empty = {"expiresAt": "", "id": "x", "proxyEndpoint": token["proxyEndpoint"], "region": REGION}
        return {**answer, **empty}

    def _identity(self) -> Properties:
        found = self.cloud.client("sts").get_caller_identity()
        return {"accountId": found["Account"], "arn": found["Arn"], "id": "x", "userId": found["UserId"]}


@contextlib.contextmanager
def attached(endpoint: str) -> Iterator[tuple[Cloud, dict[str, str]]]:
    """A running provider: the cloud behind it, and the environment in which an engine finds it."""
    cloud = Cloud(endpoint)
    server = grpc.server(futures.ThreadPoolExecutor(8))
    proto.add_ResourceProviderServicer_to_server(AwsProvider(cloud), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield cloud, {"PULUMI_DEBUG_PROVIDERS": f"aws:{port}"}
    finally:
        server.stop(None).wait()
