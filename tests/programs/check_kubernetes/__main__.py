"""A pull secret in a cluster of its own provider, and a deployment that uses it, made by a component."""

import pulumi
import pulumi_kubernetes as kubernetes

provider = kubernetes.Provider("cluster", kubeconfig=pulumi.Output.secret("clusters: []"))


class App(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("check:index:App", name, None, opts)
        self.namespace = kubernetes.core.v1.Namespace(name, opts=pulumi.ResourceOptions(parent=self))
        self.secret = kubernetes.core.v1.Secret(
            f"{name}-pull",
            metadata={"namespace": self.namespace.metadata["name"]},
            type="kubernetes.io/dockerconfigjson",
            string_data={".dockerconfigjson": pulumi.Output.secret('{"auths": {}}')},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


app = App("app", pulumi.ResourceOptions(providers=[provider]))
pulumi.export("secret", app.secret.metadata["name"])
