from collections.abc import Iterator

from dockyard.checks.gar import REPOSITORY
from dockyard.checks.values import UNKNOWN, quoted, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    key = properties.get("kmsKeyName")
    if key is UNKNOWN:
        return
    if text(key):
        if not text(key).startswith("projects/") or "/cryptoKeys/" not in text(key):
            yield f"kmsKeyName {quoted(key)} is none: projects/P/locations/L/keyRings/R/cryptoKeys/K"
    elif config["customerKey"] is True:
        yield "it is encrypted with a key of Google: set kmsKeyName, which cannot be done later"


RULE = Rule(
    name="gar-encryption",
    description="A key of one's own can be taken away, and a repository can be given one only when it is made.",
    severity=Severity.MEDIUM,
    types=(REPOSITORY,),
    considerations=(6, 10),
    config={"customerKey": switch("Whether a key of one's own is required.")},
    validate=validate,
)
