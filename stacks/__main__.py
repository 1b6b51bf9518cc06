"""Where our images live."""

import pulumi
from dockyard import SelfHostedRegistry
from settings import registry_args

registry = SelfHostedRegistry("registry", registry_args(pulumi.Config()))

pulumi.export("host", registry.host)
pulumi.export("images", registry.images)
pulumi.export("username", registry.username)
pulumi.export("password", registry.password)
pulumi.export("users", registry.users)
pulumi.export("caCertificate", registry.ca_certificate)
pulumi.export("runtime", registry.runtime)
