"""`AcrRegistry`: container images in Azure Container Registry. No `from __future__ import annotations` here.

The registry is a generic resource of azure-native, in the version of the API that the Azure Verified Modules use: the provider's typed
`containerregistry.Registry` is of an older one without role assignment modes, and Pulumi's classic Azure provider has no soft delete. The
typed class would leave every registry in the mode in which a role opens all repositories.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pulumi
import pulumi_azure_native as azure
from pulumi.output import UNKNOWN

from dockyard.azure import login
from dockyard.azure.args import AcrRegistryArgs
from dockyard.azure.arm import API_VERSION, NAMESPACE, TYPE
from dockyard.azure.assignments import role_of
from dockyard.azure.children import make_parts
from dockyard.azure.ci import make_ci
from dockyard.azure.grants import grant, make_assignments
from dockyard.azure.members import member_of
from dockyard.azure.parts import DEPLOYER
from dockyard.azure.settings import Settings, grant_problems, read_settings
from dockyard.azure.site import Site
from dockyard.errors import DockyardError, ProblemsError
from dockyard.registry import RegistryBase
from dockyard.run_error import ArgsError, refusing

TOKEN = "dockyard:index:AcrRegistry"  # noqa: S105 -- a type token


class AcrRegistry(RegistryBase):
    """A registry in Azure Container Registry: roles held to repositories, network, retention, CI that signs in without a key."""

    host: pulumi.Output[str]
    """What `docker login` takes: `NAME.azurecr.io`."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag."""
    username: pulumi.Output[str]
    """`00000000-0000-0000-0000-000000000000`, which says that the password is a token; or the key in `tokens` that `login` names."""
    password: pulumi.Output[str]
    """A token of whoever deploys, or the password of the token that `login` names; secret. The former is what `az acr login
    --expose-token` gives: an Entra token, exchanged at the registry, which has to be in reach. It lives three hours, is another one in each
    deployment and unknown in a preview, and may do what whoever deploys may: where roles are by repository even the registry's owner must
    be named in `push`. Where the registry gives none, a warning says so, and it is empty. Put it into no Kubernetes Secret."""
    ci: pulumi.Output[dict[str, dict[str, str]]]
    """Name in `ci_trust` to what its workflow needs: `client_id`, `tenant_id` and `subscription_id` as azure/login takes them, and
    `pull_client_id` where pull requests may pull. The identity has no role on the subscription: say `allow-no-subscriptions: true` too."""
    token_passwords: pulumi.Output[dict[str, str]]
    """Key of `tokens` that have `expires` to the password, whose user name is the key; secret."""

    def __init__(self, name: str, args: AcrRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        with refusing():
            settings = read_settings(dict(args), f"AcrRegistry {name!r}", name, datetime.now(UTC))
        super().__init__(TOKEN, name, _recorded(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        client = azure.authorization.get_client_config_output(opts=pulumi.InvokeOptions(parent=self))
        self._plan = settings
        self._taken = {(found.kind, found.member.principal_id) for found in settings.assignments}
        self._registry = _registry(name, settings, child)
        assignments = make_assignments(name, settings.assignments, self._registry.id, child)
        account = {"tenant_id": client.tenant_id, "subscription_id": client.subscription_id}
        self.ci, ci_roles = make_ci(name, settings, self._registry.id, account, child)
        passwords = self._make_parts(name, child, [self._registry, *assignments, *ci_roles])
        self._publish(client.tenant_id, passwords)

    def grant_pull(
        self,
        name: str,
        member: pulumi.Input[str],
        repositories: Sequence[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> azure.authorization.RoleAssignment:
        """Lets one more principal pull; `member` is written as in `pull` and may be an Output: the `principal_id` of an identity.

        name: of the grant, among those of this registry. repositories: keys. Default: the whole registry. The role assignment is no child
        of the registry. Azure takes one for each principal and role: name all repositories of a principal in one place.
        Raises ArgsError for a member that is none or has the role already, for a repository that there is not, and for single
        repositories where roles are for the whole registry.
        """
        return self._grant("pull", name, member, repositories, opts)

    def grant_push(
        self,
        name: str,
        member: pulumi.Input[str],
        repositories: Sequence[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> azure.authorization.RoleAssignment:
        """Lets one more principal push and pull; else as `grant_pull`."""
        return self._grant("push", name, member, repositories, opts)

    def _grant(
        self,
        kind: str,
        name: str,
        member: pulumi.Input[str],
        repositories: Sequence[str] | None,
        opts: pulumi.ResourceOptions | None,
    ) -> azure.authorization.RoleAssignment:
        registry = self.pulumi_resource_name
        problems = grant_problems(self._plan, kind, member, repositories, self._taken)
        if problems:
            raise ArgsError(ProblemsError(f"grant_{kind} {name!r} of AcrRegistry {registry!r}", problems))
        provider = self.get_provider("azure-native:authorization:RoleAssignment")
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(provider=provider), opts)
        if isinstance(member, str):
            self._taken.add((kind, member_of(member).principal_id))
        known = pulumi.Output.from_input(member).apply(member_of)
        return grant(
            f"{registry}-{kind}-{name}",
            self._registry.id,
            role_of(kind, self._plan.legacy),
            None if repositories is None else tuple(repositories),
            known.apply(lambda found: found.principal_id),
            options,
            known.apply(lambda found: found.principal_type),
        )

    def _make_parts(
        self, name: str, child: pulumi.ResourceOptions, before: Sequence[pulumi.Resource]
    ) -> dict[str, pulumi.Output[str]]:
        """What belongs to the registry and is made after it; gives the passwords of tokens."""
        kept = pulumi.ResourceOptions.merge(child, _retain(self._plan))
        plan = self._plan
        site = Site(
            registry_name=self._registry.name,
            registry_id=self._registry.id,
            resource_group_name=plan.resource_group_name,
            location=plan.location,
            tags=plan.tags,
            sku=plan.properties.sku,
        )
        return make_parts(name, plan.parts, site, child, kept, abac=not plan.legacy, before=before)

    def _publish(self, tenant: pulumi.Output[str], passwords: dict[str, pulumi.Output[str]]) -> None:
        names, login_key = self._plan.repositories, self._plan.parts.login
        self.host = self._registry.properties.apply(_login_server)
        self.images = self.host.apply(lambda host: {name: f"{host}/{name}" for name in names})
        if login_key in ("", DEPLOYER):
            self.username = pulumi.Output.from_input(login.USER)
            self.password = pulumi.Output.secret(self._deployers_password(tenant))
        else:
            self.username = pulumi.Output.from_input(login_key)
            self.password = pulumi.Output.secret(passwords[login_key])
        self.token_passwords = pulumi.Output.secret(pulumi.Output.all(**passwords) if passwords else {})
        outputs = ("host", "images", "username", "password", "ci", "token_passwords")
        self.register_outputs({name: getattr(self, name) for name in outputs})

    def _deployers_password(self, tenant: pulumi.Output[str]) -> pulumi.Output[str]:
        client = azure.authorization.get_client_token_output(
            endpoint=login.AUDIENCE, opts=pulumi.InvokeOptions(parent=self)
        )
        given: pulumi.Output[dict[str, str]] = pulumi.Output.all(
            host=self.host, tenant=tenant, token=client.token
        )
        password: pulumi.Output[str] = given.apply(self._exchange)
        return password

    async def _exchange(self, known: dict[str, str]) -> str:
        """A preview asks the registry for nothing. Who never asked for a password is not kept from deploying without one."""
        if pulumi.runtime.is_dry_run():
            return UNKNOWN  # type: ignore[return-value]
        try:
            return await asyncio.to_thread(
                login.refresh_token, known["host"], known["tenant"], known["token"]
            )
        except DockyardError as error:
            if self._plan.parts.login == DEPLOYER:
                raise ArgsError(error) from None
            pulumi.log.warn(f"the output `password` is empty: {error}", self)
            return ""


def _login_server(properties: dict[str, Any]) -> str:
    """The registry's address. In a preview the provider gives the inputs back as outputs, and it is none of them."""
    if "loginServer" not in properties and pulumi.runtime.is_dry_run():
        return UNKNOWN  # type: ignore[return-value]
    return str(properties["loginServer"])


def _retain(settings: Settings) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(retain_on_delete=settings.deletion == "retain")


def _registry(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> azure.resources.Resource:
    encryption = settings.parts.encryption
    return azure.resources.Resource(
        f"{name}-registry",
        resource_name_=settings.registry_name,
        resource_group_name=settings.resource_group_name,
        resource_provider_namespace=NAMESPACE,
        resource_type=TYPE,
        parent_resource_path="",
        api_version=API_VERSION,
        location=settings.location,
        sku=azure.resources.SkuArgs(name=settings.properties.sku),
        identity=azure.resources.IdentityArgs(**encryption.identity()) if encryption else None,
        properties=settings.properties.body(),
        tags=dict(settings.tags),
        opts=pulumi.ResourceOptions.merge(opts, _retain(settings)),
    )


def _recorded(args: AcrRegistryArgs) -> dict[str, Any]:
    """The arguments as the state keeps them and policies see them: addresses and headers of webhooks are secret."""
    recorded: dict[str, Any] = dict(args)
    if "webhooks" in recorded:
        recorded["webhooks"] = pulumi.Output.secret(recorded["webhooks"])
    return recorded
