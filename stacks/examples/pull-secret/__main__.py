"""A registry that another stack made, and the secret by which each namespace of a cluster pulls from it."""

import pulumi
from dockyard import PullSecret, existing

registry = existing(pulumi.Config().require("registry"))
secret = PullSecret("pull", {**registry.login, "namespaces": ["shop", "web"]})
pulumi.export("image", registry.image("api", "v1.0.0"))
