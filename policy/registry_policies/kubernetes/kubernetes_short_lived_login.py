from collections.abc import Iterator

from dockyard.checks.docker_logins import logins
from dockyard.checks.logins import short_lived_login

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for host, username in logins(properties):
        why = short_lived_login(host, username)
        if why:
            yield f"the login for {host}: {why}, and nothing renews this Secret: let nodes or a refresher log in (dockyard.PullSecret)"


RULE = Rule(
    name="kubernetes-short-lived-login",
    description="A token in a Secret stops every pull within hours, in the night in which a node is replaced.",
    severity=Severity.HIGH,
    types=("kubernetes:core/v1:Secret",),
    considerations=(6,),
    practices=(4,),
    validate=validate,
)
