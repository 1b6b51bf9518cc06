"""As many repositories as the configuration says, each with two resources made from it, below one component: a cloud's
registry without a cloud's SDK.
"""

import json

import pulumi


class Made(pulumi.CustomResource):
    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, kind, name, props, opts):
        super().__init__(f"far:index:{kind}", name, {"arn": None, **props}, opts)


class Registry(pulumi.ComponentResource):
    def __init__(self, name, count):
        super().__init__("far:index:Registry", name)
        opts = pulumi.ResourceOptions(parent=self)
        for number in range(count):
            key = f"{name}-{number}"
            props = {"name": key, "immutable": True, "tags": {"number": str(number)}}
            repository = Made("Repository", key, props, opts)
            Made("LifecyclePolicy", key, {"repository": repository.name, "rules": [{"keep": 30}]}, opts)
            policy = repository.arn.apply(lambda arn: json.dumps({"Resource": arn}))
            Made("RepositoryPolicy", key, {"repository": repository.name, "policy": policy}, opts)
        self.register_outputs({})


Registry("images", pulumi.Config().get_int("count") or 10)
