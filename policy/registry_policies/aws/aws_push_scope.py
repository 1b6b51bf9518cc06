from collections.abc import Iterator

from dockyard.checks.push_rights import (
    ATTACHMENTS,
    DOCUMENTS,
    documents,
    everywhere,
    managed,
    required_and_malformed,
)

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    yield from required_and_malformed(resource_type, properties)
    for document in documents(resource_type, properties):
        yield from everywhere(document)
    for name in managed(resource_type, properties):
        yield f"{name} pushes to every repository of the account: attach a policy that names the repositories' ARNs"


RULE = Rule(
    name="aws-push-scope",
    description="A role that may push everywhere lets one workflow that is taken over replace every image there is.",
    severity=Severity.HIGH,
    types=tuple(dict.fromkeys((*DOCUMENTS, *ATTACHMENTS))),
    considerations=(2, 5),
    practices=(4, 7),
    validate=validate,
)
