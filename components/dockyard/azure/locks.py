"""A lock that keeps people from deleting the registry."""

from typing import TYPE_CHECKING

from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site


def read_lock(reader: Reader) -> bool:
    """Reads `lock`. Source: "Lock your Azure resources to protect your infrastructure"."""
    return reader.boolean("lock", False)


def make_lock(
    name: str, site: "Site", opts: "pulumi.ResourceOptions", after: "list[pulumi.Resource] | None" = None
) -> "pulumi.Resource":
    """The lock. It holds for the registry's parts too, so it is made after them and goes before them; images are no resources of
    Azure, and can be deleted as ever.

    after: the registry and all its parts.
    """
    import pulumi
    import pulumi_azure_native as azure

    lock: pulumi.Resource = azure.authorization.ManagementLockByScope(
        f"{name}-lock",
        lock_name="dockyard",
        scope=site.registry_id,
        level=azure.authorization.LockLevel.CAN_NOT_DELETE,
        notes="Take the lock off in the program that made the registry.",
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=after or [])),
    )
    return lock
