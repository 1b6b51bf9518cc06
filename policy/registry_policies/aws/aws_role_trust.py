from collections.abc import Iterator

from dockyard.checks.policy_document import read
from dockyard.checks.role_trust import judge
from dockyard.checks.values import first

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    document = read(first(properties, "assumeRolePolicy", "assumeRolePolicyDocument"))
    if document.problem:
        yield f"the trust policy {document.problem}: say in a Statement who may assume the role"
    yield from judge(document, config["namesSuffice"] is True)


RULE = Rule(
    name="aws-role-trust",
    description="A trust that more tokens fit than the ones meant lets strangers' workflows act as the role.",
    severity=Severity.CRITICAL,
    types=("aws:iam/role:Role", "aws-native:iam:Role"),
    considerations=(2, 6),
    practices=(4, 7),
    config={
        "namesSuffice": switch(
            "Whether a repository may be named without its number, for example on GitLab, where AWS reads no number."
        )
    },
    validate=validate,
)
