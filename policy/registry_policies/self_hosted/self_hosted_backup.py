from collections.abc import Iterator

from dockyard.checks.addresses import beyond_loopback
from dockyard.checks.values import UNKNOWN, at, flag, text, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if not beyond_loopback(texts(at(properties, "listen"))):
        return
    backup = at(properties, "backup")
    if backup is UNKNOWN:
        return
    if backup is None or flag(at(backup, "enabled")) is False:
        yield "has no backup: set backup, with a repository on another machine"
    elif at(backup, "repository") is None or text(at(backup, "repository")).startswith("/"):
        yield "is backed up to a folder of its own host: a lost host loses both, name a repository elsewhere"


RULE = Rule(
    name="self-hosted-backup",
    description="Images that cannot be built again are lost with the disk.",
    severity=Severity.MEDIUM,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(9,),
    practices=(8,),
    advisory=True,
    validate=validate,
)
