"""Where our images live."""

import pulumi
from settings import choose

choice = choose(pulumi.Config())
registry = choice.component("registry", choice.args)

for output in ("host", "images", "username", "password"):
    pulumi.export(output, getattr(registry, output))
for output, name in {
    "users": "users",
    "ca_certificate": "caCertificate",
    "backup_password": "backupPassword",
    "runtime": "runtime",
    "ci": "ci",
}.items():
    if hasattr(registry, output):
        pulumi.export(name, getattr(registry, output))
