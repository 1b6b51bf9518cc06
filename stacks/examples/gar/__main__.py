"""Images in Google Artifact Registry: GitHub Actions pushes without a stored key, a cluster's nodes pull."""

import pulumi
from dockyard import GarRegistry

SHOP = {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]}

registry = GarRegistry(
    "images",
    {
        "location": "europe-west1",
        "repositories": {"api": {}, "web": {}},
        "retention": {"untagged_days": 14},
        "ci_trust": {"shop": {"github": SHOP}},
        "tags": {"team": "platform"},
    },
)
registry.grant_pull("nodes", "serviceAccount:nodes@acme-shop.iam.gserviceaccount.com")
pulumi.export("images", registry.images)
pulumi.export("provider", registry.ci["shop"]["workload_identity_provider"])
