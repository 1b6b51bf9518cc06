"""The inputs of `EcrRegistry`. No `from __future__ import annotations` here: Pulumi reads these annotations.

They stand here in full and are not inherited from `RegistryArgs`: a field that is inherited loses its description in the schema
that Pulumi serves to other languages. A test holds the two together.
"""

from typing import NotRequired, TypedDict

import pulumi

from dockyard.args import CiTrustArgs, DeletionPolicy, RepositoryArgs, RetentionArgs


class EcrKeyArgs(TypedDict, total=False):
    """A KMS key of the registry's own. It stays with repositories that are retained: without it their images are lost."""

    rotation_days: int
    """Days after which its material is replaced, 90 to 2560; ARN and images stay as they are. Default: 365."""
    deletion_window_days: int
    """Days that AWS waits before it deletes the key for good, 7 to 30. Default: 30."""


class EcrRegistryArgs(TypedDict):
    """Private repositories in Amazon ECR, in the provider's account and region, and what belongs to them."""

    repositories: dict[str, RepositoryArgs]
    """Repositories by name: 2 to 256 lower-case letters and digits, joined by `.`, `_`, `-` and `/`. Each is a repository of its own."""
    retention: NotRequired[RetentionArgs]
    """What may expire in every repository. Default: images without a tag after 14 days, nothing else."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists cannot be moved to another image. Default: true."""
    mutable_tags: NotRequired[list[str]]
    """Patterns of tags that may be moved although tags are immutable, up to 5 with up to 2 `*` each: ["latest", "dev-*"]. Default: none."""
    scan_on_push: NotRequired[bool]
    """Whether each image is scanned for known vulnerabilities when it is pushed. Default: true."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The ARN of the KMS key that encrypts the images; an alias is refused, it would replace the repositories at each deployment. Changing
    it replaces the repositories. Default: encrypted with AES-256 by Amazon's key."""
    kms_key: NotRequired[EcrKeyArgs]
    """Makes a KMS key for the images instead of `kms_key_arn`; an empty object takes the defaults. Asking for it later replaces the
    repositories. Default: none is made."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may pull every repository: ARNs of roles and users, or numbers of accounts. Default: nobody beside those that a repository names
    and those that IAM policies of this account let in."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push to every repository, and pull; as in `pull`. Default: nobody beside those that a repository names."""
    organizations: NotRequired[list[str]]
    """Ids of AWS organizations (`o-…`) all of whose accounts may pull every repository. Default: none."""
    lambda_pull: NotRequired[bool]
    """Whether Lambda functions of this account may be made of the images. Default: false."""
    ci_trust: NotRequired[dict[str, CiTrustArgs]]
    """CI that may push without a stored key, by a name of your choice. Default: none."""
    oidc_providers: NotRequired[dict[str, str]]
    """ARNs of IAM OIDC providers that the account has already, by the issuer's host (`token.actions.githubusercontent.com`): an account
    can have one for each. Default: they are made."""
    permissions_boundary: NotRequired[str]
    """The ARN of a policy that bounds the roles of `ci_trust`. Default: none."""
    deletion: NotRequired[DeletionPolicy]
    """What becomes of the repositories when the registry leaves the program. Default: retain."""
    tags: NotRequired[dict[str, str]]
    """Tags on everything that can carry them, up to 50. Default: none."""
