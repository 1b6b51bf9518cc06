"""A cluster whose nodes pull from Amazon ECR, and one workload that does so by its own identity."""

import pulumi
from dockyard import EcrRegistry, PullAccess

registry = EcrRegistry("images", {"repositories": {"api": {}}})
registry.grant_pull("shop", "shop-pull")
access = PullAccess(
    "shop",
    {
        "workload_identity": {
            "registry": "ecr",
            "role_arn": "arn:aws:iam::123456789012:role/shop-pull",
            "namespaces": ["shop"],
            "service_accounts": ["api"],
        }
    },
)
pulumi.export("image", registry.image("api", "v1.0.0"))
