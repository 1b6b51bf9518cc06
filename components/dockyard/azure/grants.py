"""Role assignments on a registry."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure

from dockyard.azure.abac import VERSION, Role, condition
from dockyard.azure.assignments import Assignment, assignment_name


@dataclass(frozen=True)
class Scope:
    """A registry that roles are given on."""

    registry_id: pulumi.Input[str]
    subscription: pulumi.Input[str]


def make_assignments(
    name: str, assignments: tuple[Assignment, ...], scope: Scope, opts: pulumi.ResourceOptions
) -> None:
    """One for each principal and role, named after the principal."""
    for plan in assignments:
        assign(
            f"{name}-{plan.kind}-{plan.member.principal_id}",
            scope,
            plan.role,
            plan.repositories,
            plan.member.principal_id,
            plan.member.principal_type,
            opts,
        )


def assign(
    name: str,
    scope: Scope,
    role: Role,
    repositories: tuple[str, ...] | None,
    principal_id: pulumi.Input[str],
    principal_type: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> azure.authorization.RoleAssignment:
    """Gives the role, held to these repositories; None for the whole registry. The SDK takes a principal without a type for a user."""
    place = pulumi.Output.all(scope=scope.registry_id, principal=principal_id)
    held = condition(role, repositories) if repositories else None
    return azure.authorization.RoleAssignment(
        name,
        role_assignment_name=place.apply(
            lambda known: assignment_name(known["scope"], known["principal"], role)
        ),
        scope=scope.registry_id,
        role_definition_id=pulumi.Output.from_input(scope.subscription).apply(role.definition_id),
        principal_id=principal_id,
        principal_type=principal_type,
        condition=held,
        condition_version=VERSION if held else None,
        opts=opts,
    )
