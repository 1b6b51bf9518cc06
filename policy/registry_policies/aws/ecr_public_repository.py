import fnmatch
from collections.abc import Iterator

from dockyard.checks.values import UNKNOWN, first, quoted, text, texts

from registry_policies.rule import Config, Properties, Rule, Severity, names


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    name = first(properties, "repositoryName")
    allowed = texts(config["allowed"])
    if name is UNKNOWN and allowed:
        return
    if not any(fnmatch.fnmatchcase(text(name), pattern) for pattern in allowed):
        shown = quoted(name) if isinstance(name, str) else "it"
        yield f"everybody can pull {shown} without signing in: make it an aws.ecr.Repository, or list it in allowed"


RULE = Rule(
    name="ecr-public-repository",
    description="A public repository shows every image, and what was left in its layers, to the whole internet.",
    severity=Severity.CRITICAL,
    types=("aws:ecrpublic/repository:Repository", "aws-native:ecr:PublicRepository"),
    considerations=(2, 8),
    practices=(4,),
    config={"allowed": names("Names of repositories that are meant to be public; * stands for any text.")},
    validate=validate,
)
