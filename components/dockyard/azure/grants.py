"""Who may pull and push, as role assignments on the registry."""

import pulumi
import pulumi_azure_native as azure

from dockyard.azure.abac import Role, condition
from dockyard.azure.assignments import Assignment
from dockyard.azure.roles import assign


def make_assignments(
    name: str,
    assignments: tuple[Assignment, ...],
    registry_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[azure.authorization.RoleAssignment]:
    """One for each principal and role, named after the principal."""
    made = []
    for plan in assignments:
        member = plan.member
        child = f"{name}-{plan.kind}-{member.principal_id}"
        made.append(
            grant(
                child,
                registry_id,
                plan.role,
                plan.repositories,
                member.principal_id,
                opts,
                member.principal_type,
            )
        )
    return made


def grant(
    name: str,
    registry_id: pulumi.Input[str],
    role: Role,
    repositories: tuple[str, ...] | None,
    principal_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    principal_type: pulumi.Input[str] = "ServicePrincipal",
) -> azure.authorization.RoleAssignment:
    """Gives the role, held to these repositories; None for the whole registry."""
    held = condition(role, repositories) if repositories else None
    return assign(name, registry_id, principal_id, role.guid, opts, held, principal_type)
