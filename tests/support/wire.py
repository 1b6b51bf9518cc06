"""Requests byte by byte, as no well-behaved client would send them, and from addresses of one's own choice."""

import base64
import http.client
import itertools
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.instance import PASSWORDS, Instance

_HOSTS = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str:
        """The code of the first error, as the distribution protocol words it."""
        errors: list[dict[str, Any]] = json.loads(self.body)["errors"]
        assert {"code", "message", "detail"} <= set(errors[0])
        return str(errors[0]["code"])


def new_address() -> str:
    """A loopback address that no other client of this process uses: limits count by address."""
    host = next(_HOSTS)
    return f"127.0.{1 + host // 250}.{1 + host % 250}"


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True)
class Wire:
    """One client of an instance: who it signs in as, and from where it comes."""

    instance: Instance
    user: str | None = None
    password: str | None = None
    address: str = "127.0.0.1"

    @property
    def authorization(self) -> list[tuple[str, str]]:
        if self.user is None:
            return []
        password = PASSWORDS.get(self.user, "") if self.password is None else self.password
        return [("Authorization", basic(self.user, password))]

    def ask(
        self,
        method: str,
        target: str,
        *headers: tuple[str, str],
        body: bytes | None = None,
        version: str = "HTTP/1.1",
    ) -> Answer:
        """Sends the target as it stands, on a connection of its own."""
        lines = [f"{method} {target} {version}"]
        if not any(name.lower() == "host" for name, _ in headers):
            lines.append(f"Host: {self.instance.plan.settings.host}")
        if body is not None and not any(name.lower() == "transfer-encoding" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in (*self.authorization, *headers)]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        return self.send(head.encode("latin-1") + (body or b""), method)

    def send(self, request: bytes, method: str = "GET") -> Answer:
        with self.connected() as connection:
            connection.sendall(request)
            return receive(connection, method)

    @contextmanager
    def connected(self) -> Iterator[ssl.SSLSocket]:
        context = ssl.create_default_context(cafile=str(self.instance.authority))
        place = ("127.0.0.1", self.instance.plan.settings.port)
        with (
            socket.create_connection(place, timeout=30, source_address=(self.address, 0)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            yield connection


def receive(connection: socket.socket, method: str = "GET") -> Answer:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response.status, response.headers, response.read())
