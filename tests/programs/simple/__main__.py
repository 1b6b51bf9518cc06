"""A component, things that depend on one another, secrets, an explicit provider and outputs of the stack."""

import pulumi


class Thing(pulumi.CustomResource):
    value: pulumi.Output[str]
    token: pulumi.Output[str]
    size: pulumi.Output[int]

    def __init__(self, name, props=None, opts=None):
        super().__init__("yard:index:Thing", name, {"token": None, "size": None, **(props or {})}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("yard:index:Group", name, {"kind": "group"}, opts)
        self.inner = Thing("inner", {"value": "inside"}, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"inner": self.inner.token})


config = pulumi.Config()
first = Thing(
    "first", {"value": config.get("value") or "hello", "list": [1, 2.5, {"deep": True}], "none": None}
)
second = Thing("second", {"value": first.token, "also": first.size})
hidden = Thing(
    "hidden", {"value": pulumi.Output.secret("hush-hush"), "nested": {"key": pulumi.Output.secret("psst")}}
)
group = Group("group", pulumi.ResourceOptions(depends_on=[second]))
provider = pulumi.ProviderResource("yard", "mine", {"flavour": "mint"})
own = Thing("own", {"value": "x"}, pulumi.ResourceOptions(provider=provider, depends_on=[group]))
pulumi.export("token", first.token)
pulumi.export("size", first.size)
pulumi.export("plain", {"a": [1, True, None]})
pulumi.export("thing", hidden)
