"""What is looked at: one registry, and as whom."""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from dockyard.errors import DockyardError

LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
HUB, HUB_HOST = ("docker.io", "index.docker.io"), "registry-1.docker.io"
EXAMPLE = "give it as HOST or HOST:PORT, such as registry.example.com:5000"


@dataclass(frozen=True)
class Target:
    """port: 0 is that of the scheme."""

    host: str
    """A name, or an address without brackets."""
    port: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Others and their passwords, where they are known: one of them may delete what a probe has pushed."""
    authority: str = ""
    """PEM: what is trusted beside the system's authorities."""
    authority_file: str = "ca.crt"
    """Where a person has that PEM as a file, and how it is made where it has to be."""
    authority_made_by: str = ""
    plain: bool = False
    """Plain HTTP, to this machine alone."""
    image: str = ""
    """REPOSITORY[:TAG|@DIGEST] to look for; "" for none."""
    repository: str = ""
    """Where uploads are tried; "" for the default one, where a missing right is no failure."""
    typed: str = "dockyard doctor"
    """The command that looks at this registry."""
    new_login: str = ""
    """The command that gets a login where this one is refused; "" for Docker's."""

    @property
    def place(self) -> str:
        """As an image's name has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port not in (0, self.default_port) else host

    @property
    def default_port(self) -> int:
        return 80 if self.plain else 443

    @property
    def number(self) -> int:
        return self.port or self.default_port

    @property
    def endpoint(self) -> str:
        """Always with the port."""
        return f"[{self.host}]:{self.number}" if ":" in self.host else f"{self.host}:{self.number}"

    @property
    def url(self) -> str:
        return f"{'http' if self.plain else 'https'}://{self.place}"

    @property
    def on_this_machine(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    def context(self) -> ssl.SSLContext:
        """What a careful client trusts. Raises DockyardError for an authority that is none."""
        context = ssl.create_default_context()
        if self.authority:
            try:
                context.load_verify_locations(cadata=self.authority)
            except (ssl.SSLError, ValueError):
                raise DockyardError(
                    f"{self.authority_file} holds no PEM certificate", "give the authority's certificate"
                ) from None
        return context


def read_place(text: str) -> tuple[str, int]:
    """Host and port, 0 where none is given. Raises DockyardError."""
    if "://" in text:
        raise DockyardError(
            f"{text!r} is an address of the web", f"without {text.partition('://')[0]}://: {EXAMPLE}"
        )
    if "/" in text:
        raise DockyardError(f"{text!r} has a path", "the registry's host alone; an image is given by --image")
    match = re.fullmatch(r"\[([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)](?::(\d+))?", text) or re.fullmatch(
        r"([^:]*)(?::(\d+))?", text
    )
    if match is None or not _is_host(match[1]):
        raise DockyardError(f"{text!r} is no host", EXAMPLE)
    port = int(match[2] or 0)
    if match[2] is not None and not 1 <= port <= 65535:
        raise DockyardError(f"{text!r}: port {match[2]} must be between 1 and 65535", EXAMPLE)
    host = match[1]
    return (HUB_HOST if host in HUB else host), port


def _is_host(text: str) -> bool:
    if ":" in text:
        try:
            return ipaddress.ip_address(text).version == 6
        except ValueError:
            return False
    return len(text) <= 253 and NAME.fullmatch(text) is not None
