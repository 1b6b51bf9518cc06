"""Pinned host keys: no host is trusted for what it says of itself."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

TYPE = re.compile(r"ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)")


class Pin(NamedTuple):
    """One host key."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")
        return f"{self.type} SHA256:{digest}"


def is_path(host_key: str) -> bool:
    """Whether the setting is the path of a known_hosts file."""
    return host_key.startswith(("/", "~/"))


def pin_problem(host_key: str) -> str:
    """What is wrong with the setting, seen without the file that it may name; "" where nothing is."""
    if not host_key.strip():
        return "is required"
    if is_path(host_key):
        return ""
    wrong = [line for line in _lines(host_key) if pin_of(line) is None]
    return f"is no public host key: {wrong[0][:60]!r}" if wrong else ""


def _lines(text: str) -> list[str]:
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def pin_of(line: str) -> Pin | None:
    """The key of a line: `TYPE BASE64 [COMMENT]`, with or without a host's name before it, as ssh-keyscan prints one."""
    words = line.split()
    for type_, text in pairwise(words[:3]):
        if TYPE.fullmatch(type_):
            try:
                blob = base64.b64decode(text, validate=True)
            except binascii.Error:
                return None
            head = len(type_).to_bytes(4, "big") + type_.encode()
            return Pin(type_, blob) if blob.startswith(head) and len(blob) > len(head) else None
    return None


def pins(host_key: str, host: str, port: int) -> list[Pin]:
    """The keys that the host may have. Raises OSError for a file that cannot be read."""
    if not is_path(host_key):
        return [pin for line in _lines(host_key) if (pin := pin_of(line))]
    return list(_known(Path(host_key).expanduser().read_text(), host, port))


def _known(text: str, host: str, port: int) -> Iterator[Pin]:
    """Of a known_hosts file, sshd(8). Its authorities (`@cert-authority`) are not used, revoked keys never trusted."""
    from paramiko.hostkeys import HostKeys

    name = host if port == 22 else f"[{host}]:{port}"
    revoked = {pin_of(line.partition(" ")[2]) for line in _lines(text) if line.startswith("@revoked")}
    matcher = HostKeys()
    for line in _lines(text):
        names, _, rest = line.partition(" ")
        pin = pin_of(rest)
        if pin is None or line.startswith("@") or pin in revoked:
            continue
        if any(_matches(matcher, pattern, name) for pattern in names.split(",")):
            yield pin


def _matches(matcher: object, pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        from paramiko.hostkeys import HostKeys

        hashed: str = HostKeys.hash_host(name, pattern)
        return hashed == pattern
    return pattern == name


def how_to_pin(host: str, port: int) -> str:
    """What to type, and what to compare."""
    given = "" if port == 22 else f"-p {port} "
    return (
        "name a known_hosts file that has it, such as ~/.ssh/known_hosts, or the key itself:"
        f" `ssh-keyscan -t ed25519 {given}{host}` prints it; anybody on the way could have answered, so compare"
        " `ssh-keygen -lf -` of that line with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`, typed on the host itself"
    )
