"""How a push begins: the address that it is sent to, and how much a proxy lets through."""

import contextlib
import socket

import httpx

from dockyard.doctor import mask
from dockyard.doctor.exchange import error_of
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok, skipped
from dockyard.smoke import REPOSITORY

NAME, SIZE = "upload", "upload size"
DECLARED = 1_181_116_006
"""1.1 GiB, of which not a byte is sent: what lets this through lets most layers through."""
SECONDS = 5.0


def check(target: Target, client: httpx.Client) -> Verdict:
    """Begins an upload and looks where it is to go on. It is not cancelled: registry:2 leaves a part of a cancelled upload that it
    never purges, and one that is only begun it does."""
    repository = target.repository or REPOSITORY
    answer = client.post(f"/v2/{repository}/blobs/uploads/")
    if answer.status_code != 202:
        return _not_begun(target, repository, answer)
    return judge_location(target, answer.headers.get("Location", ""))


def judge_location(target: Target, location: str) -> Verdict:
    """A registry behind a proxy makes this address of what the proxy tells it, and the client goes there."""
    shown = mask.address(location)
    command = f"{target.typed} --trace"
    try:
        address = httpx.URL(location)
    except httpx.InvalidURL:
        return failure(NAME, f"uploads are to go on at {shown!r}, which is no address", command)
    if not location:
        return failure(NAME, "an upload begins without a Location to go on at", command)
    if not address.is_absolute_url:
        return ok(NAME, "begins, and goes on at the same address")
    own = httpx.URL(target.url)
    for what, theirs, ours, setting in (
        ("scheme", address.scheme, own.scheme, "X-Forwarded-Proto"),
        ("host", address.host, own.host, "Host"),
        (
            "port",
            address.port or target.default_port,
            own.port or target.default_port,
            "Host with its port ($http_host of NGINX)",
        ),
    ):
        if theirs != ours:
            told = f"clients are sent to {what} {theirs}, and have come to {ours}"
            return failure(
                NAME, f"uploads are to go on at {shown}: {told}; the proxy must pass on {setting}", command
            )
    return ok(NAME, "begins, and goes on at the same address")


def _not_begun(target: Target, repository: str, answer: httpx.Response) -> Verdict:
    status, user = answer.status_code, target.username or "nobody without a login"
    if status in (401, 403):
        told = f"{user} may not push to {repository}: {status} {error_of(answer)}"
        if target.repository:
            return failure(NAME, f"{told}; Docker says `denied`", f"{target.typed} --trace")
        return skipped(NAME, told, f"{target.typed} --repository REPOSITORY")
    if status in (404, 405) and not target.repository:
        return skipped(
            NAME,
            f"no push to {repository}: {status} {error_of(answer)}",
            f"{target.typed} --repository REPOSITORY",
        )
    meaning = {
        405: ": the registry is read-only",
        413: ": a proxy lets nothing through that is larger",
        429: ": too many requests",
        503: ": writes are refused for now",
        507: ": its disk is full",
    }.get(status, "")
    told = f"an upload to {repository} does not begin: {status} {error_of(answer)}{meaning}"
    return failure(NAME, told, f"{target.typed} --trace")


def check_size(target: Target, address: str) -> Verdict:
    """Says that a large body follows, and hangs up: without a login, so that no registry begins to take it."""
    lines = (
        f"PATCH /v2/{REPOSITORY}/blobs/uploads/dockyard-doctor HTTP/1.1",
        f"Host: {target.place}",
        "User-Agent: dockyard-doctor",
        "Content-Type: application/octet-stream",
        f"Content-Length: {DECLARED}",
        "Expect: 100-continue",
        "Connection: close",
    )
    with socket.create_connection((address, target.number), SECONDS) as plain:
        connection = (
            plain if target.plain else target.context().wrap_socket(plain, server_hostname=target.host)
        )
        with contextlib.closing(connection):
            connection.sendall("\r\n".join((*lines, "", "")).encode())
            try:
                line = connection.recv(64).partition(b"\r\n")[0].decode("ascii", "replace")
            except TimeoutError:
                line = ""
    return judge_size(target, line)


def judge_size(target: Target, line: str) -> Verdict:
    """line: the first of the answer, "" for none."""
    status = (line.split() or ["", ""])[1:2]
    if status == ["413"]:
        evidence = (
            "a layer of 1.1 GiB is refused by its size (413): a proxy's limit, client_max_body_size of NGINX"
        )
        return failure(
            SIZE, evidence, "sudo nginx -T | grep client_max_body_size  # on the proxy's host: 0 is right"
        )
    return ok(
        SIZE,
        f"a layer of 1.1 GiB is not refused by its size ({mask.plain(line) or 'the server waits for it'})",
    )
