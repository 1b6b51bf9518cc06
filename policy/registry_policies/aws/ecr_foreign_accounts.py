from collections.abc import Iterator

from dockyard.checks.ecr import POLICIES, policy_of
from dockyard.checks.repository_policy import foreign
from dockyard.checks.values import texts

from registry_policies.rule import Config, Properties, Rule, Severity, names


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    accounts, organizations = texts(config["accounts"]), texts(config["organizations"])
    # Which account is one's own a policy cannot tell: without a list it judges nothing.
    if accounts or organizations:
        yield from foreign(policy_of(resource_type, properties), accounts, organizations)


RULE = Rule(
    name="ecr-foreign-accounts",
    description="An account that was let in once stays in: each of them must be on a list that is reviewed.",
    severity=Severity.HIGH,
    types=tuple(POLICIES),
    considerations=(2,),
    practices=(4,),
    config={
        "accounts": names(
            "Numbers of the accounts that may be let in, one's own among them; with no list nothing is judged."
        ),
        "organizations": names("Organizations that may be let in as a whole."),
    },
    validate=validate,
)
