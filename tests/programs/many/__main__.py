"""As many cheap things as the configuration says; every tenth depends on the one before it."""

import pulumi


class Thing(pulumi.CustomResource):
    token: pulumi.Output[str]

    def __init__(self, name, value, opts=None):
        super().__init__("yard:index:Thing", name, {"token": None, "value": value}, opts)


before = None
for number in range(pulumi.Config().get_int("count") or 10):
    linked = before is not None and number % 10 == 0
    before = Thing(f"thing-{number}", before.token if linked else f"value-{number}")
