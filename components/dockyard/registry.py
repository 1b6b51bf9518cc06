"""What every registry promises, wherever it runs."""

from typing import Protocol, TypedDict

import pulumi


class Login(TypedDict):
    """What signs a client in."""

    host: pulumi.Output[str]
    username: pulumi.Output[str]
    password: pulumi.Output[str]


class Registry(Protocol):
    """The outputs that all registries share."""

    host: pulumi.Output[str]
    """What `docker login` takes."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag."""
    username: pulumi.Output[str]
    """The user name of `password`."""
    password: pulumi.Output[str]
    """Always secret."""


class Outputs:
    """The outputs that all registries share, and what follows from them."""

    host: pulumi.Output[str]
    images: pulumi.Output[dict[str, str]]
    username: pulumi.Output[str]
    password: pulumi.Output[str]

    @property
    def login(self) -> Login:
        """Host, user name and password together, as pull secrets take them."""
        return {"host": self.host, "username": self.username, "password": self.password}

    def image(self, repository: str, tag: str) -> pulumi.Output[str]:
        """The reference of an image: `HOST/REPOSITORY:TAG`. Raises KeyError where `repositories` has no such key."""
        return self.images.apply(lambda images: f"{images[repository]}:{tag}")


class RegistryBase(Outputs, pulumi.ComponentResource):
    """What the components of all registries are. No component of its own."""


class ExistingRegistry(Outputs):
    """A registry that another stack made, read-only."""

    def __init__(self, stack: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """stack: `organization/project/stack`. It must export `host`, `images`, `username` and `password`, as ours do; a program
        that uses an output which is not exported fails when it does. Raises what `pulumi.StackReference` raises.
        """
        reference = pulumi.StackReference(stack, opts=opts)
        self.host = reference.require_output("host")
        self.images = reference.require_output("images")
        self.username = reference.require_output("username")
        self.password = pulumi.Output.secret(reference.require_output("password"))


def existing(stack: str, opts: pulumi.ResourceOptions | None = None) -> ExistingRegistry:
    """The registry that the stack `organization/project/stack` made: `existing("acme/registry/prod").image("api", "v1")`."""
    return ExistingRegistry(stack, opts)
