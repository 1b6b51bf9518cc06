"""`GarRegistry`: container images in Google Artifact Registry. No `from __future__ import annotations` here."""

import pulumi
import pulumi_gcp as gcp

from dockyard.errors import Problem, ProblemsError
from dockyard.gcp.args import GarRegistryArgs
from dockyard.gcp.children import (
    grant,
    make_grants,
    make_location_settings,
    make_repository,
    make_rules,
    make_services,
)
from dockyard.gcp.ci import make_ci
from dockyard.gcp.members import member_problem
from dockyard.gcp.perms import PULL, PUSH
from dockyard.gcp.settings import Settings, read_settings
from dockyard.later import is_later
from dockyard.registry import RegistryBase
from dockyard.run_error import ArgsError, refusing

TOKEN = "dockyard:index:GarRegistry"  # noqa: S105 -- a type token
_USER = "oauth2accesstoken"


class GarRegistry(RegistryBase):
    """A Docker repository in Google Artifact Registry, or one for each key: access, cleanup, scanning, CI that signs in without a key."""

    host: pulumi.Output[str]
    """What `docker login` takes: `LOCATION-docker.pkg.dev`."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag: `HOST/PROJECT/REPOSITORY/KEY`."""
    username: pulumi.Output[str]
    """`oauth2accesstoken`: the password is a token."""
    password: pulumi.Output[str]
    """An access token of whoever deploys; secret. It lives about an hour and is another one in each deployment, so put it into no
    Kubernetes Secret."""
    ci: pulumi.Output[dict[str, dict[str, str]]]
    """Key of `ci_trust` to what its workflow needs: `workload_identity_provider` as google-github-actions/auth takes it, and
    `pull_workload_identity_provider` where pull requests may pull. Its output `auth_token` is the password."""

    def __init__(self, name: str, args: GarRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        with refusing():
            settings = read_settings(dict(args), f"GarRegistry {name!r}", name)
        super().__init__(TOKEN, name, dict(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        ready = pulumi.ResourceOptions(parent=self, depends_on=make_services(name, settings, child))
        self._repositories: dict[str, gcp.artifactregistry.Repository] = {}
        for plan in settings.repositories:
            repository = make_repository(name, settings, plan, ready)
            make_grants(name, plan, repository, child)
            make_rules(name, settings, plan, repository, child)
            self._repositories[plan.key] = repository
        make_location_settings(name, settings, ready)
        self._publish(settings, make_ci(name, settings, self._repositories, ready))

    def grant_pull(
        self,
        name: str,
        member: pulumi.Input[str],
        repository: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> list[gcp.artifactregistry.RepositoryIamMember]:
        """Lets one more IAM member pull, beside all others; `member` may be known during the deployment only.

        name: of the grant, among those of this registry. repository: a key of `repositories`, where each has a repository of its own
        (`repository_per_key`). Default: all of them. The grants are no children of the registry.
        Raises ArgsError for a member that is none, and for a repository that has no access of its own.
        """
        return self._grant("pull", PULL, name, member, repository, opts)

    def grant_push(
        self,
        name: str,
        member: pulumi.Input[str],
        repository: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> list[gcp.artifactregistry.RepositoryIamMember]:
        """Lets one more IAM member push and pull; else as `grant_pull`."""
        return self._grant("push", PUSH, name, member, repository, opts)

    def _grant(
        self,
        kind: str,
        role: str,
        name: str,
        member: pulumi.Input[str],
        repository: str | None,
        opts: pulumi.ResourceOptions | None,
    ) -> list[gcp.artifactregistry.RepositoryIamMember]:
        registry = self.pulumi_resource_name
        self._check_grant(f"grant_{kind} {name!r} of GarRegistry {registry!r}", kind, member, repository)
        provider = self.get_provider("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember")
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(provider=provider), opts)
        return [
            grant("-".join(filter(None, (registry, key, kind, name))), resource, role, member, options)
            for key, resource in self._repositories.items()
            if repository in (None, key)
        ]

    def _check_grant(
        self, subject: str, kind: str, member: pulumi.Input[str], repository: str | None
    ) -> None:
        problems = []
        if not is_later(member):
            message, hint = member_problem(str(member), pushes=kind == "push")
            problems += [Problem("member", message, hint)] if message else []
        if repository is not None and (not repository or repository not in self._repositories):
            hint = "a key of repositories, and repository_per_key: true"
            problems.append(Problem("repository", f"has no access of its own: {repository!r}", hint))
        if problems:
            raise ArgsError(ProblemsError(subject, problems))

    def _publish(self, settings: Settings, ci: pulumi.Output[dict[str, dict[str, str]]]) -> None:
        client = gcp.organizations.get_client_config_output(opts=pulumi.InvokeOptions(parent=self))
        self.host = pulumi.Output.from_input(settings.host)
        self.images = self._images(settings)
        self.username = pulumi.Output.from_input(_USER)
        self.password = pulumi.Output.secret(client.access_token)
        self.ci = ci
        self.register_outputs(
            {
                "host": self.host,
                "images": self.images,
                "username": self.username,
                "password": self.password,
                "ci": self.ci,
            }
        )

    def _images(self, settings: Settings) -> pulumi.Output[dict[str, str]]:
        """A project of a domain (`example.com:shop`) is two parts of a path."""

        def references(projects: dict[str, str]) -> dict[str, str]:
            return {
                key: f"{settings.host}/{projects[plan.key].replace(':', '/')}/{plan.repository_id}/{key}"
                for plan in settings.repositories
                for key in plan.keys
            }

        projects = {key: repository.project for key, repository in self._repositories.items()}
        return pulumi.Output.all(**projects).apply(references)
