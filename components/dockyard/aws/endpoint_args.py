"""The inputs of `EcrVpcEndpoints`. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

import pulumi


class EcrVpcEndpointsArgs(TypedDict):
    """What a VPC needs so that its machines pull and push without a way to the internet."""

    vpc_id: pulumi.Input[str]
    """The VPC; DNS support and DNS host names must be on in it."""
    subnet_ids: list[pulumi.Input[str]]
    """Subnets that get an address of the endpoints, one for each availability zone."""
    route_table_ids: list[pulumi.Input[str]]
    """Route tables of the machines' subnets: layers come from S3 by a route of theirs."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups of the endpoints, which let machines in on port 443. Default: one is made, for `client_cidrs`."""
    client_cidrs: NotRequired[list[pulumi.Input[str]]]
    """Networks whose machines may use the endpoints. Default: the network of the VPC."""
    accounts: NotRequired[list[str]]
    """Numbers of accounts whose registries can be reached, and no others; the registry of an upstream is one of them. Default: this
    account's alone."""
    push: NotRequired[bool]
    """Whether images can be pushed through the endpoints, beside being pulled. Default: true."""
    s3_endpoint: NotRequired[bool]
    """Whether the gateway to S3 is made, which lets the layers of ECR through and nothing else; a VPC can have one route to S3 in a
    route table. Default: true."""
    region: NotRequired[str]
    """The VPC's region. Default: the provider's."""
    tags: NotRequired[dict[str, str]]
    """Tags on everything that is made, up to 50. Default: none."""
