"""A token server, as registries of clouds have one: its tokens are signed, and a registry of one's own verifies them."""

import base64
import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.faulty import Authority

ISSUER, SERVICE = "tokens of a test", "registry of a test"
PASSWORDS = {"ci": "ci-secret-2"}


@dataclass
class Tokens:
    """ahead: seconds that its clock is ahead."""

    authority: Authority
    port: int = 0
    ahead: float = 0.0
    issuer: str = ISSUER
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def auth(self, rootfile: str, realm: str = "") -> dict[str, Any]:
        """What a registry's configuration says of it."""
        address = realm or f"http://127.0.0.1:{self.port}/token"
        return {"token": {"realm": address, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": rootfile}}

    def token(self, user: str, scopes: list[str]) -> str:
        now = int(time.time() + self.ahead)
        der = self.authority.issuer.certificate.public_bytes(Encoding.DER)
        head = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":", 2)
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        body = {
            "iss": self.issuer,
            "sub": user,
            "aud": SERVICE,
            "nbf": now - 10,
            "exp": now + 300,
            "iat": now,
        }
        text = f"{_packed(head)}.{_packed({**body, 'access': access})}"
        key = self.authority.issuer.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _packed(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@contextlib.contextmanager
def token_server(authority: Authority) -> Iterator[Tokens]:
    tokens = Tokens(authority)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            tokens.asked.append(query)
            login = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            user, _, password = login.partition(":")
            if urlsplit(self.path).path != "/token":
                self.answer(404, "text/html", b"<html>no such page</html>")
            elif login and PASSWORDS.get(user) != password:
                self.answer(
                    401, "application/json", b'{"errors": [{"code": "UNAUTHORIZED", "message": "no"}]}'
                )
            else:
                given = {"token": tokens.token(user, " ".join(query.get("scope", [])).split())}
                self.answer(200, "application/json", json.dumps(given).encode())

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        tokens.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield tokens
        finally:
            server.shutdown()
            thread.join()
