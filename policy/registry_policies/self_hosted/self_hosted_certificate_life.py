from collections.abc import Iterator

from dockyard.checks.values import at, number

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    days, renewed = number(at(properties, "validityDays")), number(at(properties, "renewBeforeDays"))
    longest, notice = number(config["longest"]), number(config["notice"])
    if (
        longest is not None
        and days is not None
        and at(properties, "isAuthority") in (None, False)
        and days > longest
    ):
        yield f"validityDays {days:g}: clients refuse certificates of more than {longest:g} days"
    if renewed is not None and notice is not None and renewed < notice:
        yield f"renewBeforeDays {renewed:g} leaves too little time for an `up` before it ends: at least {notice:g}"
    elif days is not None and renewed is not None and renewed >= days:
        yield f"renewBeforeDays {renewed:g} is no less than validityDays {days:g}: every `up` would renew it"


RULE = Rule(
    name="self-hosted-certificate-life",
    description="A certificate that ends before anybody renews it stops every pull and push.",
    severity=Severity.MEDIUM,
    types=("dockyard:index:Certificate",),
    considerations=(3,),
    practices=(5,),
    config={
        "longest": {
            "type": "number",
            "default": 397,
            "description": "Days that a server's certificate may be valid.",
        },
        "notice": {
            "type": "number",
            "default": 14,
            "description": "Days before its end from which on it must be renewed.",
        },
    },
    validate=validate,
)
