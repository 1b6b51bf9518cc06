from collections.abc import Iterator

from dockyard.checks.values import first, quoted, texts

from registry_policies.rule import Config, Properties, Rule, Severity, names


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    allowed = texts(config["allowed"])
    for pattern in texts(first(properties, "anonymousPull", "anonymous_pull")):
        if pattern not in allowed:
            yield f"anybody may pull {quoted(pattern)}: give users the right, or name the pattern in `allowed`"


RULE = Rule(
    name="self-hosted-anonymous-pull",
    description="Images hold the program and often more than was meant: who may read them should be known.",
    severity=Severity.HIGH,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(2,),
    practices=(4,),
    config={"allowed": names("Patterns that are meant for everybody, exactly as the registry has them.")},
    validate=validate,
)
