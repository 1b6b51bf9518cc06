"""A registry on this machine, in containers: Traefik tells who pulls, who pushes and who deletes, in all repositories alike."""

import pulumi
from dockyard import SelfHostedRegistry

registry = SelfHostedRegistry(
    "images",
    {
        "domain": "localhost",
        "port": 8445,
        "front": "traefik",
        "runtime": "compose",
        "users": {
            "ci": {"push": ["**"]},
            "janitor": {"delete": ["**"]},
            "reader": {"pull": ["**"]},
        },
        "backup": {},
    },
)
pulumi.export("host", registry.host)
pulumi.export("ca_certificate", registry.ca_certificate)
pulumi.export("users", registry.users)
