"""The input `target` of a self-hosted registry. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import TypedDict


class LocalTargetArgs(TypedDict, total=False):
    """This machine. It takes no settings."""


class JumpArgs(TypedDict, total=False):
    """The SSH host on the way to another one."""

    host: str
    """Its name or address."""
    port: int
    """Its SSH port. Default: 22."""
    user: str
    """Who signs in there."""
    key: str
    """The private key, as that of the host. Default: the SSH agent's."""
    host_key: str
    """Its public key, as that of the host."""


class SshTargetArgs(TypedDict, total=False):
    """Another host, by SSH."""

    host: str
    """Its name or address."""
    port: int
    """Its SSH port. Default: 22."""
    user: str
    """Who signs in there: root, a user with `sudo`, or one without, in whose home folder the registry then is."""
    key: str
    """The private key without a passphrase: the path of its file, or its PEM. Default: the SSH agent's keys."""
    host_key: str
    """The host's public key, lines as `ssh-keyscan` prints them, or the path of a known_hosts file. No other is ever trusted."""
    jump: JumpArgs
    """The host on the way. Default: none."""
    sudo: bool
    """Whether the user becomes root by sudo. Default: false."""
    sudo_password: str
    """What sudo asks for. Default: it asks for nothing."""
    connect_timeout: int
    """Seconds for each step of connecting. Default: 20."""
    python: str
    """The host's Python, 3.11 or newer. Default: `/usr/bin/python3`."""
    packages: str
    """What installs packages for root: `apt`, or `dnf` on Fedora and RHEL, for systemd; SELinux must let NGINX be. Default: apt."""
    state_dir: str
    """Where everything is for a user without root. Default: `/home/USER/.local/state/dockyard`."""


class TargetArgs(TypedDict, total=False):
    """Where the registry runs: exactly one key."""

    local: LocalTargetArgs
    """The machine that runs Pulumi. Default: this."""
    ssh: SshTargetArgs
    """Another host. Default: none."""
