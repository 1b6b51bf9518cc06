from collections.abc import Iterator

from dockyard.checks.gar import REPOSITORY, holds_images
from dockyard.checks.values import UNKNOWN, at, flag, many, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch

MOST = 10


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    policies = properties.get("cleanupPolicies")
    if not holds_images(properties) or policies is UNKNOWN:
        return
    given = many(policies)
    actions = [at(each, "action") for each in given]
    if not any(each is UNKNOWN or text(each).upper() == "DELETE" for each in actions):
        yield "no cleanup policy deletes anything, so that every image stays for ever: add one with action DELETE"
    elif config["dryRunSuffices"] is not True and flag(properties.get("cleanupPolicyDryRun")):
        yield "cleanup policies are on trial and delete nothing: set cleanupPolicyDryRun to false once they are right"
    if len(given) > MOST:
        yield f"a repository takes {MOST} cleanup policies, here are {len(given)}: join some of them"


RULE = Rule(
    name="gar-cleanup",
    description="Images that nobody deletes cost money and keep old vulnerabilities within reach.",
    severity=Severity.LOW,
    types=(REPOSITORY,),
    considerations=(10,),
    practices=(3,),
    advisory=True,
    config={
        "dryRunSuffices": switch(
            "Whether policies may be on trial, as they should be at first.", default=True
        )
    },
    validate=validate,
)
