"""A registry on this machine: one user for CI, one for readers, and a team that has a corner of its own."""

import pulumi
from dockyard import SelfHostedRegistry

registry = SelfHostedRegistry(
    "images",
    {
        "domain": "localhost",
        "port": 8444,
        "users": {
            "ci": {"push": ["**"]},
            "team": {"push": ["team/**"], "pull": ["base/*"]},
            "reader": {"pull": ["**"]},
        },
    },
)
pulumi.export("host", registry.host)
pulumi.export("ca_certificate", registry.ca_certificate)
pulumi.export("users", registry.users)
