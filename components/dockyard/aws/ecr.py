"""`EcrRegistry`: container images in Amazon ECR. No `from __future__ import annotations` here."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.aws.args import EcrRegistryArgs
from dockyard.aws.ci import grant, known_keys, make_ci
from dockyard.aws.keys import key_arn
from dockyard.aws.settings import EcrRepository, Settings, read_settings
from dockyard.registry import RegistryBase
from dockyard.run_error import refusing

TOKEN = "dockyard:index:EcrRegistry"  # noqa: S105 -- a type token
_USER = "AWS"


class EcrRegistry(RegistryBase):
    """Private repositories in Amazon ECR: immutable tags, scans, lifecycle, access, CI that signs in without a key."""

    host: pulumi.Output[str]
    """What `docker login` takes: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag."""
    username: pulumi.Output[str]
    """`AWS`: the password is a token."""
    password: pulumi.Output[str]
    """A token of whoever deploys; secret. It lives 12 hours and is another one in each deployment, so put it into no Kubernetes Secret."""
    ci: pulumi.Output[dict[str, dict[str, str]]]
    """Name in `ci_trust` to what its workflow needs: `role_arn`, and `pull_role_arn` where pull requests may pull."""

    def __init__(self, name: str, args: EcrRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        with refusing():
            settings = read_settings(dict(args), f"EcrRegistry {name!r}")
        super().__init__(TOKEN, name, dict(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        key = key_arn(name, settings, child, pulumi.InvokeOptions(parent=self))
        self._repositories = {
            plan.name: _repository(name, settings, plan, key, child) for plan in settings.repositories
        }
        self.ci = make_ci(name, settings, self._repositories, child)
        self._publish()

    def grant_pull(
        self,
        name: str,
        role: pulumi.Input[str],
        repositories: Sequence[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> aws.iam.RolePolicy:
        """Lets an IAM role of this account pull, by a policy of the role; `role` is its name and may be an Output.

        name: of the grant, among those of this registry. repositories: keys. Default: all. The policy is no child of the registry.
        Raises ArgsError for a repository that there is not.
        """
        return self._grant(name, role, repositories, opts, push=False)

    def grant_push(
        self,
        name: str,
        role: pulumi.Input[str],
        repositories: Sequence[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> aws.iam.RolePolicy:
        """Lets an IAM role of this account push and pull; else as `grant_pull`."""
        return self._grant(name, role, repositories, opts, push=True)

    def _grant(
        self,
        name: str,
        role: pulumi.Input[str],
        repositories: Sequence[str] | None,
        opts: pulumi.ResourceOptions | None,
        *,
        push: bool,
    ) -> aws.iam.RolePolicy:
        kind, registry = "push" if push else "pull", self.pulumi_resource_name
        keys = known_keys(
            self._repositories, repositories, f"grant_{kind} {name!r} of EcrRegistry {registry!r}"
        )
        provider = self.get_provider("aws:iam/rolePolicy:RolePolicy")
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(provider=provider), opts)
        arns = [self._repositories[key].arn for key in keys]
        return grant(f"{registry}-{kind}-{name}", role, arns, push=push, opts=options)

    def _publish(self) -> None:
        hosts = {
            name: repository.repository_url.apply(lambda url: url.split("/")[0])
            for name, repository in self._repositories.items()
        }
        token = aws.ecr.get_authorization_token_output(opts=pulumi.InvokeOptions(parent=self))
        self.images = pulumi.Output.all(**hosts).apply(
            lambda known: {name: f"{host}/{name}" for name, host in known.items()}
        )
        self.host = next(iter(hosts.values()))
        self.username = pulumi.Output.from_input(_USER)
        self.password = pulumi.Output.secret(token.password)
        names = ("host", "images", "username", "password", "ci")
        self.register_outputs({name: getattr(self, name) for name in names})


def _repository(
    name: str, settings: Settings, plan: EcrRepository, key: Any, opts: pulumi.ResourceOptions
) -> aws.ecr.Repository:
    retain = pulumi.ResourceOptions(retain_on_delete=settings.deletion == "retain")
    kept = pulumi.ResourceOptions.merge(opts, retain)
    filters = [
        aws.ecr.RepositoryImageTagMutabilityExclusionFilterArgs(filter=pattern, filter_type="WILDCARD")
        for pattern in plan.exclusions
    ]
    repository = aws.ecr.Repository(
        f"{name}-{plan.name}",
        name=plan.name,
        image_tag_mutability=plan.mutability,
        image_tag_mutability_exclusion_filters=filters or None,
        image_scanning_configuration={"scan_on_push": settings.scan_on_push},
        encryption_configurations=[_encryption(key)],
        force_delete=settings.deletion == "force",
        tags=dict(settings.tags),
        opts=kept,
    )
    if plan.lifecycle:
        aws.ecr.LifecyclePolicy(
            f"{name}-{plan.name}-lifecycle", repository=repository.name, policy=plan.lifecycle, opts=kept
        )
    if plan.policy:
        aws.ecr.RepositoryPolicy(
            f"{name}-{plan.name}-policy", repository=repository.name, policy=_document(plan.policy), opts=kept
        )
    return repository


def _encryption(kms_key_arn: Any) -> aws.ecr.RepositoryEncryptionConfigurationArgs:
    if kms_key_arn is None:
        return aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="AES256")
    return aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=kms_key_arn)


def _document(policy: dict[str, Any]) -> pulumi.Output[str]:
    """JSON, also where a principal is known during the deployment only."""
    return pulumi.Output.from_input(policy).apply(json.dumps)
