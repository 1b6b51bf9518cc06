from collections.abc import Iterator

from dockyard.checks.acr import REGISTRIES, is_on, registry

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is None:
        return
    public = is_on(found, "publicNetworkAccess", default=True)
    export = is_on(found, "policies", "exportPolicy", "status", default=True)
    if export is False and public:
        yield "Azure refuses exportPolicy disabled while the network is public: set publicNetworkAccess Disabled too"
    if export and (public is False or config["required"] is True):
        yield "images can be exported past its network rules: set policies.exportPolicy.status disabled (Premium)"


RULE = Rule(
    name="acr-export",
    description="A registry that is closed to the internet and still exports can be copied out by whoever may read it.",
    severity=Severity.MEDIUM,
    types=REGISTRIES,
    considerations=(8,),
    advisory=True,
    config={
        "required": switch(
            "Whether export must be off in registries with a public network too, which first have to be closed."
        )
    },
    validate=validate,
)
