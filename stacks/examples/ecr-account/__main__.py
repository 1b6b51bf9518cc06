"""What an account has once in each region of Amazon ECR; replicas keep retention and immutability, which ECR alone drops."""

import pulumi
from dockyard import EcrRegistrySettings

settings = EcrRegistrySettings(
    "account",
    {
        "scanning": {"type": "enhanced", "continuous_scan": ["prod/*"], "scan_on_push": ["*"]},
        "replication": {
            "production": {
                "prefixes": ["prod/"],
                "destinations": [{"region": "eu-west-1"}],
                "replica": {"retention": {"untagged_days": 14, "keep_last": 30}},
            }
        },
        "pull_through_cache": {
            "quay": {"upstream": "quay", "pull": ["arn:aws:iam::123456789012:role/nodes"]}
        },
        "native_basic_scanning": True,
    },
)
pulumi.export("caches", settings.caches)
