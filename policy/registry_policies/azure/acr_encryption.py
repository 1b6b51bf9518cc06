from collections.abc import Iterator

from dockyard.checks.acr import REGISTRIES, is_on, registry
from dockyard.checks.values import UNKNOWN, at, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is None:
        return
    key = at(found, "encryption", "keyVaultProperties", "keyIdentifier")
    on = is_on(found, "encryption", "status", default=bool(text(key)))
    if on and key is not UNKNOWN and not text(key):
        yield "encryption is enabled and names no key: set encryption.keyVaultProperties.keyIdentifier"
    elif on is False and config["customerKey"] is True:
        yield "it is encrypted with a key of Microsoft: set encryption with a key of Key Vault (Premium)"


RULE = Rule(
    name="acr-encryption",
    description="A key of one's own can be taken away, and a registry can be given one only when it is made.",
    severity=Severity.MEDIUM,
    types=REGISTRIES,
    considerations=(6, 10),
    references=("MCSB DP-5",),
    config={"customerKey": switch("Whether a key of one's own is required.")},
    validate=validate,
)
