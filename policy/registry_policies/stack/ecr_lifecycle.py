from collections.abc import Iterator, Sequence

from dockyard.checks.ecr import NATIVE, REPOSITORY
from dockyard.checks.values import at

from registry_policies.links import covered, of_type
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    repositories = of_type(resources, REPOSITORY)
    cleaned = covered(of_type(resources, LIFECYCLE), "repository", repositories)
    bare = [each for each in repositories if each.urn not in cleaned]
    bare += [each for each in of_type(resources, NATIVE) if at(each.properties, "lifecyclePolicy") is None]
    for each in bare:
        yield Violation(
            f"{each.name} keeps every image for ever: give it an aws.ecr.LifecyclePolicy", each.urn
        )


RULE = StackRule(
    name="ecr-lifecycle",
    description="Images that nobody deletes cost money and keep old vulnerabilities within reach.",
    severity=Severity.LOW,
    considerations=(10,),
    practices=(3,),
    references=("AWS FSBP ECR.3",),
    advisory=True,
    validate=validate,
)
