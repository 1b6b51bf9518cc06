"""What a registry in Artifact Registry is made of, resource by resource."""

from typing import Any

import pulumi
import pulumi_gcp as gcp

from dockyard.gcp.perms import PULL, PUSH
from dockyard.gcp.repositories import GoogleRepository
from dockyard.gcp.settings import Settings
from dockyard.gcp.sources import Source


def make_services(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The project's APIs. They stay on when the registry goes: others may use them."""
    return [
        gcp.projects.Service(
            f"{name}-{api.partition('.')[0]}",
            service=api,
            project=settings.project,
            disable_on_destroy=False,
            opts=opts,
        )
        for api in settings.apis
    ]


def make_repository(
    name: str, settings: Settings, plan: GoogleRepository, opts: pulumi.ResourceOptions
) -> gcp.artifactregistry.Repository:
    """One repository. `docker_config` and scanning are left out where they mean nothing, else each preview would show a change."""
    registry, source = gcp.artifactregistry, settings.source
    scanning = registry.RepositoryVulnerabilityScanningConfigArgs(
        enablement_config="INHERITED" if settings.vulnerability_scanning else "DISABLED"
    )
    return registry.Repository(
        f"{name}-{plan.key or 'repository'}",
        repository_id=plan.repository_id,
        format="DOCKER",
        mode=source.mode,
        location=settings.location,
        project=settings.project,
        kms_key_name=settings.kms_key_name,
        labels=dict(settings.labels),
        docker_config=registry.RepositoryDockerConfigArgs(immutable_tags=plan.immutable_tags)
        if source.is_standard
        else None,
        remote_repository_config=_remote_config(source),
        virtual_repository_config=_virtual_config(source),
        vulnerability_scanning_config=None if source.is_virtual else scanning,
        cleanup_policies=[_cleanup_policy(policy) for policy in plan.cleanup] or None,
        cleanup_policy_dry_run=settings.cleanup_dry_run if plan.cleanup else None,
        deletion_policy=settings.deletion_policy,
        opts=opts,
    )


def _cleanup_policy(policy: dict[str, Any]) -> gcp.artifactregistry.RepositoryCleanupPolicyArgs:
    condition = gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs(**policy["condition"])
    return gcp.artifactregistry.RepositoryCleanupPolicyArgs(
        id=policy["id"], action=policy["action"], condition=condition
    )


def _remote_config(source: Source) -> gcp.artifactregistry.RepositoryRemoteRepositoryConfigArgs | None:
    """The upstream as `common_repository`: the provider deprecates `docker_repository.custom_repository` for it."""
    remote, registry = source.remote, gcp.artifactregistry
    if remote is None:
        return None
    credentials = registry.RepositoryRemoteRepositoryConfigUpstreamCredentialsArgs(
        username_password_credentials=registry.RepositoryRemoteRepositoryConfigUpstreamCredentialsUsernamePasswordCredentialsArgs(
            username=remote.username, password_secret_version=remote.password_secret_version
        )
    )
    hub = registry.RepositoryRemoteRepositoryConfigDockerRepositoryArgs(public_repository="DOCKER_HUB")
    return registry.RepositoryRemoteRepositoryConfigArgs(
        common_repository=registry.RepositoryRemoteRepositoryConfigCommonRepositoryArgs(uri=remote.uri)
        if remote.uri is not None
        else None,
        docker_repository=hub if remote.uri is None else None,
        upstream_credentials=credentials if remote.username is not None else None,
    )


def _virtual_config(source: Source) -> gcp.artifactregistry.RepositoryVirtualRepositoryConfigArgs | None:
    registry = gcp.artifactregistry
    if not source.is_virtual:
        return None
    return registry.RepositoryVirtualRepositoryConfigArgs(
        upstream_policies=[
            registry.RepositoryVirtualRepositoryConfigUpstreamPolicyArgs(
                id=upstream.name, repository=upstream.repository, priority=upstream.priority
            )
            for upstream in source.upstreams
        ]
    )


def make_rules(
    name: str,
    settings: Settings,
    plan: GoogleRepository,
    repository: gcp.artifactregistry.Repository,
    opts: pulumi.ResourceOptions,
) -> None:
    """The rules of one repository. They stay with it where it is retained: what was denied must not become open."""
    prefix = f"{name}-{plan.key}" if plan.key else name
    for rule in settings.rules:
        if rule.repository and rule.repository not in plan.keys:
            continue
        gcp.artifactregistry.Rule(
            f"{prefix}-{rule.name}",
            rule_id=rule.name,
            repository_id=repository.repository_id,
            location=settings.location,
            project=repository.project,
            action="DENY",
            operation="DOWNLOAD",
            package_id=rule.package_id,
            condition=gcp.artifactregistry.RuleConditionArgs(expression=rule.condition),
            deletion_policy=settings.deletion_policy,
            opts=opts,
        )


def make_location_settings(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """What the project has once in each location."""
    if settings.vpcsc_policy:
        gcp.artifactregistry.VpcscConfig(
            f"{name}-vpcsc",
            location=settings.location,
            project=settings.project,
            vpcsc_policy=settings.vpcsc_policy.upper(),
            opts=opts,
        )
    if settings.log_severity:
        gcp.artifactregistry.ProjectConfig(
            f"{name}-logs",
            location=settings.location,
            project=settings.project,
            platform_logs_config=gcp.artifactregistry.ProjectConfigPlatformLogsConfigArgs(
                logging_state="ENABLED", severity_level=settings.log_severity.upper()
            ),
            opts=opts,
        )


def make_grants(
    name: str,
    plan: GoogleRepository,
    repository: gcp.artifactregistry.Repository,
    opts: pulumi.ResourceOptions,
) -> None:
    """One grant for each member, named after it."""
    prefix = f"{name}-{plan.key}" if plan.key else name
    for kind, role, members in (("pull", PULL, plan.pull), ("push", PUSH, plan.push)):
        for member in members:
            grant(f"{prefix}-{kind}-{member}", repository, role, member, opts)


def grant(
    name: str,
    repository: gcp.artifactregistry.Repository,
    role: str,
    member: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> gcp.artifactregistry.RepositoryIamMember:
    """A grant beside all others: an IAM policy or binding would take away what it does not name."""
    return gcp.artifactregistry.RepositoryIamMember(
        name,
        repository=repository.repository_id,
        location=repository.location,
        project=repository.project,
        role=role,
        member=member,
        opts=opts,
    )
