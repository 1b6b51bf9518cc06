"""The inputs of `EcrPublicRegistry`. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

import pulumi

from dockyard.args import DeletionPolicy


class EcrPublicRepositoryArgs(TypedDict, total=False):
    """A repository that everybody can pull from, and what the Amazon ECR Public Gallery shows of it."""

    description: str
    """A sentence that the search shows, up to 1,024 characters. Default: none."""
    about: str
    """What it is, in Markdown, up to 25,600 characters. Default: none."""
    usage: str
    """How to use it, in Markdown, up to 25,600 characters. Default: none."""
    architectures: list[str]
    """`ARM`, `ARM 64`, `x86`, `x86-64`: shown as badges. Default: none."""
    operating_systems: list[str]
    """`Linux`, `Windows`: shown as badges. Default: none."""
    push: list[pulumi.Input[str]]
    """Who else may push: ARNs of roles and users, or numbers of accounts. Default: nobody else."""


class EcrPublicRegistryArgs(TypedDict):
    """Public repositories in Amazon ECR Public, which anybody can pull without signing in. It knows no retention, no immutable tags, no
    scans and no keys of one's own; such settings are refused."""

    repositories: dict[str, EcrPublicRepositoryArgs]
    """Repositories by name: 2 to 205 lower-case letters and digits, joined by `.`, `_`, `-` and `/`."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push to every repository: ARNs of roles and users, or numbers of accounts. Default: whom IAM policies of this account
    let."""
    region: NotRequired[str]
    """Amazon ECR Public is administered in `us-east-1` alone, whatever the provider's region. Default: us-east-1."""
    deletion: NotRequired[DeletionPolicy]
    """What becomes of the repositories when the registry leaves the program. Default: retain."""
    tags: NotRequired[dict[str, str]]
    """Tags on every repository, up to 50. Default: none."""
