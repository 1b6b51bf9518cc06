from collections.abc import Iterator

from dockyard.checks.values import first, number

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    cost = number(first(properties, "bcryptCost", "bcrypt_cost"))
    least, most = number(config["least"]), number(config["most"])
    if cost is None:
        return
    if most is not None and cost > most:
        yield (
            f"bcryptCost {cost:g}: each wrong password costs the host seconds, and anybody may send them; "
            f"at most {most:g}"
        )
    elif least is not None and cost < least:
        yield f"bcryptCost {cost:g} is less than bcrypt has: at least {least:g}"


RULE = Rule(
    name="self-hosted-password-cost",
    description="Passwords of 160 random bits need no slow hash; a slow one lets strangers stop the registry with wrong passwords.",
    severity=Severity.MEDIUM,
    types=("dockyard:index:SelfHostedRegistry", "dockyard:index:Credential"),
    considerations=(2,),
    practices=(4,),
    config={
        "least": {"type": "number", "default": 4, "description": "The least cost, log2 of the rounds."},
        "most": {"type": "number", "default": 10, "description": "The most, log2 of the rounds."},
    },
    validate=validate,
)
