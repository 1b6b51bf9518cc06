"""Whether the host finds its own name and its backup's server by DNS."""

import re
import socket
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME = "dns"
SERVER = re.compile(r"(?:(?:rest|s3):)?(?:sftp|https?)://(?:[^/@]*@)?(\[[^]]+]|[^/:]+)")
PLAIN = re.compile(r"(?:sftp:(?:[^/@:]*@)?([^/:]+):|s3:([^/:]+)/)")


def server_of(repository: str) -> str:
    """The server of a restic repository's address; "" for a folder, and for clouds that it does not name."""
    if match := SERVER.match(repository):
        return match[1].strip("[]")
    match = PLAIN.match(repository)
    return (match[1] or match[2]) if match else ""


def names(domain: str, repository_file: Path | None) -> Verdict:
    """repository_file: None where there are no backups. Nothing of the address but its server is shown: it may hold a password."""
    try:
        server = server_of(repository_file.read_text().strip()) if repository_file else ""
    except PermissionError:
        return skipped(NAME, f"this user may not read {repository_file}", "sudo dockyard doctor")
    if server and (told := _lookup(server)):
        return failure(NAME, f"the backup's server {server}: {told}", f"getent ahosts {server}")
    if told := _lookup(domain):
        return warning(NAME, f"{domain}: {told}, on its own host", f"getent ahosts {domain}")
    return ok(NAME, f"the host finds {' and '.join(it for it in (domain, server) if it)}")


def _lookup(name: str) -> str:
    """Why it is not found, "" where it is."""
    try:
        socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return f"does not resolve ({error.strerror})"
    return ""
