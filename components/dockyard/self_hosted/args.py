"""The inputs of a self-hosted registry. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict


class UserArgs(TypedDict, total=False):
    """One user of a self-hosted registry. The password is generated."""

    pull: list[str]
    """Patterns of repositories that the user may pull: `*` within one path component, `**` for any number. Default: none."""
    push: list[str]
    """Patterns of repositories that the user may push to, and pull. Default: none."""
    delete: list[str]
    """Patterns of repositories that the user may delete from, and pull. Default: none."""
    admin: bool
    """Everything, the catalog included. Default: false."""
    rotation: str
    """Any text; changing it makes a new password. Default: the password stays as it is."""


class SelfHostedRepositoryArgs(TypedDict, total=False):
    """One repository, named by its key. An empty object takes the registry's defaults."""

    pull: list[str]
    """Users who may pull it, beside those whose patterns cover it. Default: nobody else."""
    push: list[str]
    """Users who may push to it, beside those whose patterns cover it. Default: nobody else."""


class GivenCertificateArgs(TypedDict):
    """A certificate of your own."""

    certificate: str
    """PEM: the chain, the server's certificate first."""
    private_key: str
    """PEM: its key, without a passphrase."""


class LocalTargetArgs(TypedDict, total=False):
    """This machine. It takes no settings."""


class TargetArgs(TypedDict, total=False):
    """Where the registry runs: exactly one key."""

    local: LocalTargetArgs
    """The machine that runs Pulumi. Default: this."""


class SelfHostedRegistryArgs(TypedDict):
    """registry:2 behind TLS NGINX, with generated users, on one host."""

    domain: str
    """The DNS name or IP address that clients type."""
    port: NotRequired[int]
    """The TCP port of the TLS front. Default: 443."""
    listen: NotRequired[list[str]]
    """Addresses of the host to listen on; `0.0.0.0` and `::` for all. Default: loopback only, `127.0.0.1` and `::1`."""
    users: dict[str, UserArgs]
    """Users by name: lower-case letters, digits, `.`, `_` and `-`. At least one."""
    repositories: NotRequired[dict[str, SelfHostedRepositoryArgs]]
    """Repositories by name: what the output `images` lists. A push makes any other that a user may push to. Default: none."""
    anonymous_pull: NotRequired[list[str]]
    """Patterns of repositories that anybody may pull without signing in. Clients that decide by `/v2/` alone, such as Docker
    without the containerd image store, must sign in all the same. Default: none."""
    certificate: NotRequired[GivenCertificateArgs]
    """Your own certificate. Default: an own authority and a certificate of it, renewed by `up` before it ends."""
    runtime: NotRequired[str]
    """What keeps the services running: `systemd`, `supervisor` or `auto`. Default: auto, systemd for root where it runs the
    machine, else supervisor."""
    target: NotRequired[TargetArgs]
    """Where the registry runs. Default: `{"local": {}}`, the machine that runs Pulumi."""
    version: NotRequired[str]
    """The registry's major version. Default: `2`, which the distribution packages."""
    storage: NotRequired[str]
    """Absolute path of the folder that holds the images. Default: `registry` in the instance's data folder."""
    bcrypt_cost: NotRequired[int]
    """log2 of the rounds that one password check takes, 4 to 10. Default: 5: generated passwords cannot be guessed."""
    read_only: NotRequired[bool]
    """Whether every write is refused (405). Default: false."""
    memory_limit: NotRequired[str]
    """The most memory each service may use (systemd only), in bytes or with K, M, G or T. Default: no limit."""
    cpu_limit: NotRequired[int]
    """The most CPU time each service may use (systemd only), in percent of one core. Default: no limit."""
    deletion: NotRequired[str]
    """What becomes of the images when the registry is destroyed: `retain` or `delete`. Default: retain."""
    instance: NotRequired[str]
    """Names this registry's folders and services on its host. Default: the resource's name and the stack's."""
