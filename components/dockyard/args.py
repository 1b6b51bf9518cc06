"""The inputs that every registry shares. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi


class DeletionPolicy(StrEnum):
    """What becomes of a registry with images in it when it leaves the program."""

    RETAIN = "retain"
    """It stays where it is, and only Pulumi forgets it."""
    EMPTY = "empty"
    """It is deleted if it is empty; with images in it the deletion fails."""
    FORCE = "force"
    """It is deleted with everything in it."""


class RetentionRuleArgs(TypedDict, total=False):
    """One rule. It speaks of the images that all its conditions fit; where rules disagree, `keep` wins over `archive` over `expire`."""

    tags: list[str]
    """Patterns of tags, `*` for any text: an image with a tag that fits one of them. Default: tagged or not."""
    untagged: bool
    """Only images without any tag. Not together with `tags`. Default: false."""
    older_than_days: int
    """Only images pushed more than so many days ago, 1 or more. Default: of any age."""
    not_pulled_days: int
    """Only images not pulled for so many days, 1 or more. Default: whether pulled or not."""
    keep_last: int
    """Not the newest so many of them, by the time of their push, 1 or more. Default: all of them."""
    action: str
    """`expire` deletes them, `archive` moves them to cheaper storage, `keep` protects them from the other rules. Default: expire."""


class RetentionArgs(TypedDict, total=False):
    """What may expire. What no rule speaks of is never deleted."""

    untagged_days: int
    """Days that an image without a tag is kept. Default: 14."""
    keep_last: int
    """The newest tagged images that are kept in each repository. Default: all of them."""
    keep_tags: list[str]
    """Patterns of tags that never expire, `*` for any text: ["v*"]. Default: none."""
    rules: dict[str, RetentionRuleArgs]
    """More rules, by a name of lower-case letters, digits and `-`. Default: none."""


class RepositoryArgs(TypedDict, total=False):
    """One repository, named by its key. An empty object takes the registry's defaults."""

    immutable_tags: bool
    """Whether a tag that exists cannot be moved to another image. Default: the registry's."""
    retention: RetentionArgs
    """What may expire here, instead of the registry's. Default: the registry's."""
    pull: list[pulumi.Input[str]]
    """Who else may pull it, in the registry's own words: IAM principal ARN, Entra object id, IAM member, user. Default: nobody else."""
    push: list[pulumi.Input[str]]
    """Who else may push to it and pull it. Default: nobody else."""


class GitHubTrustArgs(TypedDict):
    """Lets workflows of one GitHub repository push, by OIDC and without stored keys."""

    repository: str
    """`owner/name`, as GitHub spells it."""
    owner_id: str
    """The owner's number: `gh api repos/OWNER/NAME --jq .owner.id`. Names can be taken over, numbers cannot."""
    repository_id: str
    """The repository's number: `gh api repos/OWNER/NAME --jq .id`."""
    branches: NotRequired[list[str]]
    """Branches whose workflows may push, by their exact names. Default: none."""
    tags: NotRequired[list[str]]
    """Git tags whose workflows may push, by their exact names. Default: none."""
    environments: NotRequired[list[str]]
    """Environments whose jobs may push; protect them on GitHub. Default: none."""
    pull_requests: NotRequired[bool]
    """Whether workflows of pull requests may pull; they never push. Default: false."""
    push: NotRequired[list[str]]
    """Keys of the repositories that it may push to. Default: all of this registry."""
    subject_format: NotRequired[str]
    """`immutable` (repo:owner@id/name@id:…), `legacy` (repo:owner/name:…) or `both` while GitHub migrates. Default: immutable."""
    subject_claims: NotRequired[list[str]]
    """The claims of a customised subject in its order, as `include_claim_keys` on GitHub. Default: GitHub's own, `repo` and `context`."""
    workflow: NotRequired[str]
    """The reusable workflow that must do it: `owner/name/.github/workflows/file.yml@refs/heads/main`. Default: any workflow there."""
    issuer: NotRequired[str]
    """Who signs the tokens, where an enterprise has its own address. Default: https://token.actions.githubusercontent.com."""


class GitLabTrustArgs(TypedDict):
    """Lets jobs of one GitLab project push, by OIDC and without stored keys."""

    project: str
    """`group/project`, with all groups between, as GitLab spells it."""
    project_id: str
    """The project's number: its overview page shows it. Paths can be taken over, numbers cannot."""
    namespace_id: str
    """The number of the group or user that holds the project; the group's overview page shows it."""
    branches: NotRequired[list[str]]
    """Branches whose jobs may push, by their exact names; protect them on GitLab, Google Cloud checks it. Default: none."""
    tags: NotRequired[list[str]]
    """Git tags whose jobs may push, by their exact names; protect them on GitLab, Google Cloud checks it. Default: none."""
    environments: NotRequired[list[str]]
    """Protected environments whose jobs may push; only Google Cloud can tell them. Default: none."""
    push: NotRequired[list[str]]
    """Keys of the repositories that it may push to. Default: all of this registry."""
    issuer: NotRequired[str]
    """The address of the GitLab instance. Default: https://gitlab.com."""
    acknowledge_mutable_subject: NotRequired[bool]
    """Accepts that AWS and Azure see the project's path alone: whoever takes the path over may push. Default: false, and both refuse."""


class CiTrustArgs(TypedDict, total=False):
    """CI that may push without a stored key: exactly one of these."""

    github: GitHubTrustArgs
    """A repository on GitHub. Default: `gitlab` says which."""
    gitlab: GitLabTrustArgs
    """A project on GitLab. Default: `github` says which."""


class RegistryArgs(TypedDict):
    """What all registries take. What one of them cannot do it refuses."""

    repositories: dict[str, RepositoryArgs]
    """Repositories by name: lower-case letters and digits, joined by `.`, `_`, `-` and `/`."""
    retention: NotRequired[RetentionArgs]
    """What may expire in every repository. Default: images without a tag after 14 days, nothing else."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists cannot be moved to another image. Default: true where the registry can, else it must be left out."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may pull every repository. Default: nobody beside those that a repository names."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push to every repository, and pull. Default: nobody beside those that a repository names."""
    ci_trust: NotRequired[dict[str, CiTrustArgs]]
    """CI that may push without a stored key, by a name of your choice. Default: none."""
    deletion: NotRequired[DeletionPolicy]
    """What becomes of the images when the registry leaves the program. Default: retain."""
    tags: NotRequired[dict[str, str]]
    """Tags (labels on Google Cloud) on everything that can carry them. Default: none."""
