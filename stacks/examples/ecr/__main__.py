"""Two repositories in Amazon ECR: GitHub Actions pushes without a stored key, production's account pulls."""

import pulumi
from dockyard import EcrRegistry

SHOP = {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]}

registry = EcrRegistry(
    "images",
    {
        "repositories": {"api": {}, "web": {"retention": {"untagged_days": 3, "keep_last": 100}}},
        "retention": {"untagged_days": 14, "keep_last": 30, "keep_tags": ["v*"]},
        "pull": ["111122223333"],
        "ci_trust": {"shop": {"github": SHOP}},
        "tags": {"team": "platform"},
    },
)
pulumi.export("images", registry.images)
pulumi.export("role", registry.ci["shop"]["role_arn"])
