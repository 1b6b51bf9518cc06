"""Role assignments."""

import uuid
from typing import Any

import pulumi
import pulumi_azure_native as azure
from pulumi.output import UNKNOWN

from dockyard.azure.abac import VERSION


def assign(
    name: str,
    scope: pulumi.Input[str],
    principal_id: pulumi.Input[str],
    role: str,
    opts: pulumi.ResourceOptions,
    condition: str | None = None,
    principal_type: pulumi.Input[str] = "ServicePrincipal",
) -> azure.authorization.RoleAssignment:
    """Gives a principal a built-in role, by its GUID, within `scope`.

    The kind of the principal is said, so that Azure does not look a new one up before Entra has it everywhere; the assignment's name
    follows from the rest, so that a deployment that was cut short finds it again.
    """
    return azure.authorization.RoleAssignment(
        name,
        scope=scope,
        principal_id=principal_id,
        principal_type=principal_type,
        role_definition_id=pulumi.Output.from_input(scope).apply(lambda found: _definition(found, role)),
        role_assignment_name=pulumi.Output.all(scope, principal_id).apply(
            lambda found: _name(found[0], found[1], role)
        ),
        condition=condition,
        condition_version=VERSION if condition else None,
        opts=opts,
    )


def principal_of(identity: pulumi.Output[Any]) -> pulumi.Output[str]:
    """The object id of what has an identity of its own. In a preview of what is not there yet the provider gives back its inputs, and
    the id is none of them.
    """
    return identity.apply(_principal)


def _principal(identity: Any) -> str:
    if identity is None or not identity.principal_id:
        if pulumi.runtime.is_dry_run():
            return UNKNOWN  # type: ignore[return-value]
        raise pulumi.RunError("Azure gave no object id for an identity that it was to make")
    return str(identity.principal_id)


def _definition(scope: str, role: str) -> str:
    """As Azure gives it back: another spelling would replace the assignment in each deployment."""
    subscription = scope.split("/")[2]
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def _name(scope: str, principal_id: str, role: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}/{principal_id}/{role}".lower()))
