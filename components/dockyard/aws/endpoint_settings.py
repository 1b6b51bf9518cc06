"""The arguments of `EcrVpcEndpoints`, read; and the policies of its endpoints.

Source: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints (AWS PrivateLink)", for the two services, the bucket of layers and
the policies.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import REGION, read_accounts, read_list, read_matching, read_tags
from dockyard.aws.perms import PULL, PUSH, SIGN_IN
from dockyard.aws.policies import VERSION
from dockyard.errors import Problem, ProblemsError
from dockyard.later import is_later
from dockyard.reader import Reader

READ = ("ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListImages")
"""What clients beside `docker` ask before they pull."""
FIRST_PULL = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
MOST_GROUPS = 5
"""Security groups of a network interface (Amazon VPC quotas)."""
_IDS = {
    "vpc_id": (re.compile(r"vpc-[0-9a-f]{8,17}"), "a VPC's id"),
    "subnet_ids": (re.compile(r"subnet-[0-9a-f]{8,17}"), "a subnet's id"),
    "route_table_ids": (re.compile(r"rtb-[0-9a-f]{8,17}"), "a route table's id"),
    "security_group_ids": (re.compile(r"sg-[0-9a-f]{8,17}"), "a security group's id"),
}


@dataclass(frozen=True)
class Settings:
    """What each means, `dockyard.aws.endpoint_args` says. Ids and networks may be Outputs, as they were given."""

    vpc_id: Any
    subnet_ids: tuple[Any, ...]
    route_table_ids: tuple[Any, ...]
    security_group_ids: tuple[Any, ...]
    client_cidrs: tuple[Any, ...]
    accounts: tuple[str, ...]
    push: bool
    s3_endpoint: bool
    region: str
    tags: Mapping[str, str]


def read_endpoint_settings(values: Mapping[str, Any], subject: str) -> Settings:
    """Raises ProblemsError, naming every problem."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    region = reader.text("region")
    if region and not REGION.fullmatch(region):
        reader.problem("region", f"is not a region: {region!r}", "eu-central-1")
    s3_endpoint = reader.boolean("s3_endpoint", True)
    settings = Settings(
        vpc_id=_vpc(reader),
        subnet_ids=_ids(reader, "subnet_ids", needed=True),
        route_table_ids=_ids(reader, "route_table_ids", needed=s3_endpoint),
        security_group_ids=_ids(reader, "security_group_ids"),
        client_cidrs=_networks(reader),
        accounts=read_accounts(reader, "accounts"),
        push=reader.boolean("push", True),
        s3_endpoint=s3_endpoint,
        region=region,
        tags=read_tags(reader),
    )
    if settings.security_group_ids and settings.client_cidrs:
        reader.problem(
            "client_cidrs",
            "says nothing beside security_group_ids",
            "one of them: the groups let machines in",
        )
    if len(settings.security_group_ids) > MOST_GROUPS:
        count = len(settings.security_group_ids)
        reader.problem("security_group_ids", f"has {count} groups, an endpoint takes {MOST_GROUPS}")
    if settings.route_table_ids and not s3_endpoint:
        reader.problem("route_table_ids", "says nothing without s3_endpoint", "an empty list")
    reader.finish()
    if problems:
        raise ProblemsError(subject, dict.fromkeys(problems))
    return settings


def _vpc(reader: Reader) -> Any:
    if reader.get("vpc_id") is None:
        reader.problem("vpc_id", "is missing", "vpc-…")
    return read_matching(reader, "vpc_id", *_IDS["vpc_id"])


def _ids(reader: Reader, key: str, *, needed: bool = False) -> tuple[Any, ...]:
    values = read_list(reader, key)
    pattern, what = _IDS[key]
    if needed and not values:
        reader.problem(key, "at least one is needed")
    for index, value in enumerate(values):
        if not is_later(value) and not (isinstance(value, str) and pattern.fullmatch(value)):
            reader.problem(f"{key}/{index}", f"is not {what}: {value!r}")
    return values


def _networks(reader: Reader) -> tuple[Any, ...]:
    values = read_list(reader, "client_cidrs")
    for index, value in enumerate(values):
        if is_later(value):
            continue
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError:
            reader.problem(f"client_cidrs/{index}", f"is not a network of IPv4: {value!r}", "10.0.0.0/16")
            continue
        if network.prefixlen == 0:
            reader.problem(f"client_cidrs/{index}", "is everybody", "the networks of the machines")
    return values


def endpoint_policy(settings: Settings, place: Mapping[str, str]) -> dict[str, Any]:
    """What the endpoints of ECR let through: the account's own callers, to the registries of these accounts alone.

    Without it, whoever has keys to a registry of his own could carry images out of the VPC. place: partition, region, account.
    """
    accounts = settings.accounts or (place["account"],)
    arns = [f"arn:{place['partition']}:ecr:{place['region']}:{account}:repository/*" for account in accounts]
    own = {"StringEquals": {"aws:PrincipalAccount": [place["account"]]}}
    actions = sorted({*(PUSH if settings.push else PULL), *READ, *FIRST_PULL})
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "SignIn",
                "Effect": "Allow",
                "Principal": "*",
                "Action": [SIGN_IN],
                "Resource": "*",
                "Condition": own,
            },
            {
                "Sid": "Images",
                "Effect": "Allow",
                "Principal": "*",
                "Action": actions,
                "Resource": arns,
                "Condition": own,
            },
        ],
    }


def layer_policy(place: Mapping[str, str]) -> dict[str, Any]:
    """What the gateway to S3 lets through: layers, from Amazon's bucket of the region. The addresses are signed by ECR itself, so there
    is no condition on who calls.
    """
    bucket = f"arn:{place['partition']}:s3:::prod-{place['region']}-starport-layer-bucket/*"
    statement = {
        "Sid": "Layers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [bucket],
    }
    return {"Version": VERSION, "Statement": [statement]}
