"""A registry with a scope map, an account whose identities go in as a list and come out as a mapping, and credentials
that a function gives.
"""

import pulumi
from pulumi_azure_native import containerregistry, resources, storage

group = resources.ResourceGroup("images")
registry = containerregistry.Registry(
    "images",
    resource_group_name=group.name,
    sku={"name": containerregistry.SkuName.PREMIUM},
    admin_user_enabled=False,
)
containerregistry.ScopeMap(
    "pull",
    resource_group_name=group.name,
    registry_name=registry.name,
    actions=["repositories/api/content/read"],
)
account = storage.StorageAccount(
    "logs",
    resource_group_name=group.name,
    kind=storage.Kind.STORAGE_V2,
    sku={"name": storage.SkuName.STANDARD_LRS},
    identity={
        "type": storage.IdentityType.USER_ASSIGNED,
        "user_assigned_identities": ["/subscriptions/1/identities/images"],
    },
)
credentials = containerregistry.list_registry_credentials_output(
    resource_group_name=group.name, registry_name=registry.name
)
pulumi.export("sku", registry.sku.name)
pulumi.export("tier", registry.sku.tier)
pulumi.export("identity", account.identity.type)
pulumi.export("identities", account.identity.user_assigned_identities)
pulumi.export("host", registry.login_server)
pulumi.export("username", credentials.username)
