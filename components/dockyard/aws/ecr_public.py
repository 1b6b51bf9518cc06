"""`EcrPublicRegistry`: images for everybody, in Amazon ECR Public. No `from __future__ import annotations` here."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from dockyard.aws.ci import known_keys
from dockyard.aws.public_args import EcrPublicRegistryArgs
from dockyard.aws.public_settings import (
    REGION,
    PublicRepository,
    Settings,
    read_public_settings,
    role_policy,
)
from dockyard.registry import RegistryBase
from dockyard.run_error import refusing

TOKEN = "dockyard:index:EcrPublicRegistry"  # noqa: S105 -- a type token
HOST = "public.ecr.aws"


class EcrPublicRegistry(RegistryBase):
    """Public repositories in Amazon ECR Public: everybody pulls, who is named pushes."""

    host: pulumi.Output[str]
    """What `docker login` takes to push: `public.ecr.aws`. Pulling needs no login."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag: `public.ecr.aws/ALIAS/NAME`."""
    username: pulumi.Output[str]
    """`AWS`: the password is a token."""
    password: pulumi.Output[str]
    """A token of whoever deploys, to push; secret. It lives 12 hours and is another one in each deployment."""

    def __init__(
        self, name: str, args: EcrPublicRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        with refusing():
            settings = read_public_settings(dict(args), f"EcrPublicRegistry {name!r}")
        super().__init__(TOKEN, name, dict(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        self._repositories = {
            plan.name: _repository(name, settings, plan, child) for plan in settings.repositories
        }
        token = aws.ecrpublic.get_authorization_token_output(
            region=REGION, opts=pulumi.InvokeOptions(parent=self)
        )
        uris = {key: repository.repository_uri for key, repository in self._repositories.items()}
        self.images = pulumi.Output.all(**uris)
        self.host = pulumi.Output.from_input(HOST)
        self.username = pulumi.Output.from_input("AWS")
        self.password = pulumi.Output.secret(token.password)
        names = ("host", "images", "username", "password")
        self.register_outputs({key: getattr(self, key) for key in names})

    def grant_push(
        self,
        name: str,
        role: pulumi.Input[str],
        repositories: Sequence[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> aws.iam.RolePolicy:
        """Lets an IAM role of this account push, by a policy of the role; `role` is its name and may be an Output.

        name: of the grant, among those of this registry. repositories: keys. Default: all. The policy is no child of the registry.
        Raises ArgsError for a repository that there is not.
        """
        registry = self.pulumi_resource_name
        keys = known_keys(
            self._repositories, repositories, f"grant_push {name!r} of EcrPublicRegistry {registry!r}"
        )
        provider = self.get_provider("aws:iam/rolePolicy:RolePolicy")
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(provider=provider), opts)
        arns = pulumi.Output.all(*(self._repositories[key].arn for key in keys))
        policy = arns.apply(lambda known: json.dumps(role_policy(known)))
        return aws.iam.RolePolicy(f"{registry}-push-{name}", role=role, policy=policy, opts=options)


def _repository(
    name: str, settings: Settings, plan: PublicRepository, opts: pulumi.ResourceOptions
) -> aws.ecrpublic.Repository:
    """One repository, in the only region that there is, whatever the provider's."""
    retain = pulumi.ResourceOptions(retain_on_delete=settings.deletion == "retain")
    kept = pulumi.ResourceOptions.merge(opts, retain)
    catalog = aws.ecrpublic.RepositoryCatalogDataArgs(**plan.catalog) if plan.catalog else None
    repository = aws.ecrpublic.Repository(
        f"{name}-{plan.name}",
        region=REGION,
        repository_name=plan.name,
        catalog_data=catalog,
        force_destroy=settings.deletion == "force",
        tags=dict(settings.tags),
        opts=kept,
    )
    if plan.policy:
        aws.ecrpublic.RepositoryPolicy(
            f"{name}-{plan.name}-policy",
            region=REGION,
            repository_name=repository.repository_name,
            policy=pulumi.Output.from_input(plan.policy).apply(json.dumps),
            opts=kept,
        )
    return repository
