"""Images in Azure Container Registry: GitHub Actions pushes without a stored key, each team has rights on its own repositories."""

import pulumi
from dockyard import AcrRegistry

SHOP = {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]}

registry = AcrRegistry(
    "acmeimages",
    {
        "resource_group_name": "images",
        "location": "westeurope",
        "repositories": {"api": {"push": ["group:6b4b3a8e-9c3e-4c1f-8a44-0d3f5b1c2a10"]}, "web": {}},
        "retention": {"untagged_days": 14},
        "ci_trust": {"shop": {"github": SHOP}},
        "tags": {"team": "platform"},
    },
)
pulumi.export("images", registry.images)
pulumi.export("client_id", registry.ci["shop"]["client_id"])
