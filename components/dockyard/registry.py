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


class RegistryBase(pulumi.ComponentResource):
    """The outputs that all registries share, and what follows from them. No component of its own."""

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
