"""`EcrVpcEndpoints`: a private way to Amazon ECR. No `from __future__ import annotations` here."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.aws.endpoint_args import EcrVpcEndpointsArgs
from dockyard.aws.endpoint_settings import endpoint_policy, layer_policy, read_endpoint_settings
from dockyard.run_error import refusing

TOKEN = "dockyard:index:EcrVpcEndpoints"  # noqa: S105 -- a type token
HTTPS = 443


class EcrVpcEndpoints(pulumi.ComponentResource):
    """Machines of a VPC pull and push without the internet: endpoints of ECR, and a gateway to S3 for the layers."""

    endpoint_ids: pulumi.Output[dict[str, str]]
    """Ids of the endpoints: `api`, `dkr`, and `s3` where its gateway is made."""
    security_group_ids: pulumi.Output[list[str]]
    """Security groups of the endpoints."""

    def __init__(
        self, name: str, args: EcrVpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        with refusing():
            settings = read_endpoint_settings(dict(args), f"EcrVpcEndpoints {name!r}")
        # `security_group_ids` is an output too.
        recorded = {key: value for key, value in dict(args).items() if key not in _OUTPUTS}
        super().__init__(TOKEN, name, recorded, opts)
        self._name, self._settings = name, settings
        self._region = settings.region or None
        self._child = pulumi.ResourceOptions(parent=self)
        invoke = pulumi.InvokeOptions(parent=self)
        identity = aws.get_caller_identity_output(opts=invoke)
        region = pulumi.Output.from_input(settings.region or aws.get_region_output(opts=invoke).region)
        partition = identity.arn.apply(lambda arn: arn.split(":")[1])
        self._place = pulumi.Output.all(partition=partition, region=region, account=identity.account_id)
        groups = list(settings.security_group_ids) or [self._security_group(invoke)]
        made = {kind: self._interface(kind, groups) for kind in ("api", "dkr")}
        if settings.s3_endpoint:
            made["s3"] = self._gateway()
        self.endpoint_ids = pulumi.Output.all(**{kind: endpoint.id for kind, endpoint in made.items()})
        self.security_group_ids = pulumi.Output.all(*groups)
        self.register_outputs({key: getattr(self, key) for key in _OUTPUTS})

    def _security_group(self, invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
        """Rules stand by themselves: those within a group would be undone by others that are added beside them."""
        settings = self._settings
        group = aws.ec2.SecurityGroup(
            self._name,
            region=self._region,
            vpc_id=settings.vpc_id,
            description="machines that pull from ECR",
            tags=dict(settings.tags),
            opts=self._child,
        )
        networks: dict[str, Any] = {
            one if isinstance(one, str) else str(number): one
            for number, one in enumerate(settings.client_cidrs, 1)
        }
        if not networks:
            networks["vpc"] = aws.ec2.get_vpc_output(
                id=settings.vpc_id, region=self._region, opts=invoke
            ).cidr_block
        for key, network in networks.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-{key}",
                region=self._region,
                security_group_id=group.id,
                cidr_ipv4=network,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                tags=dict(settings.tags),
                opts=self._child,
            )
        found: pulumi.Output[str] = group.id
        return found

    def _interface(self, kind: str, groups: list[Any]) -> aws.ec2.VpcEndpoint:
        """With private DNS the usual names lead to the endpoint, so that no image reference changes."""
        settings = self._settings
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{kind}",
            region=self._region,
            vpc_id=settings.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=self._service(f"ecr.{kind}"),
            private_dns_enabled=True,
            subnet_ids=list(settings.subnet_ids),
            security_group_ids=groups,
            policy=self._place.apply(lambda place: json.dumps(endpoint_policy(settings, place))),
            tags=dict(settings.tags),
            opts=self._child,
        )

    def _gateway(self) -> aws.ec2.VpcEndpoint:
        settings = self._settings
        return aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            region=self._region,
            vpc_id=settings.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=self._service("s3"),
            route_table_ids=list(settings.route_table_ids),
            policy=self._place.apply(lambda place: json.dumps(layer_policy(place))),
            tags=dict(settings.tags),
            opts=self._child,
        )

    def _service(self, service: str) -> pulumi.Output[str]:
        """China has names of its own for the services of ECR, and not for S3."""

        def named(place: dict[str, str]) -> str:
            begin = "cn.com" if place["partition"] == "aws-cn" and service != "s3" else "com"
            return f"{begin}.amazonaws.{place['region']}.{service}"

        return self._place.apply(named)


_OUTPUTS = ("endpoint_ids", "security_group_ids")
