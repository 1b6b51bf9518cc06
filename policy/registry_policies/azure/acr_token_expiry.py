from collections.abc import Iterator

from dockyard.checks.values import UNKNOWN, at, many, text

from registry_policies.rule import Config, Properties, Rule, Severity

CLASSIC = "azure:containerservice/tokenPassword:TokenPassword"


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if resource_type == CLASSIC:
        given = {key: properties.get(key) for key in ("password1", "password2")}
    else:
        passwords = many(at(properties, "credentials", "passwords"))
        given = {f"passwords[{index}]": each for index, each in enumerate(passwords)}
    for name, password in given.items():
        expiry = at(password, "expiry")
        if password is not None and expiry is not UNKNOWN and not text(expiry):
            yield f"{name} never expires: set its expiry, and rotate between the two passwords"


RULE = Rule(
    name="acr-token-expiry",
    description="A token's password lives for ever unless it is told otherwise, also where it has leaked.",
    severity=Severity.HIGH,
    types=(CLASSIC, "azure-native:containerregistry:Token"),
    considerations=(2, 6),
    practices=(4,),
    validate=validate,
)
