"""The setting `certificate: {acme: ...}`: a certificate that a public authority, or one that speaks its protocol, gives by itself."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.self_hosted.variables import read_variables

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
CHALLENGES = ("http-01", "dns-01")
HTTP = 80
_SERVER = re.compile(r"https://[A-Za-z0-9._:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PROGRAM = re.compile(r"(?:/[A-Za-z0-9_.+-]+)+")
_LOCAL = ("example", "home", "internal", "invalid", "lan", "local", "localdomain", "onion", "test")
"""Ends of names that no public authority certifies."""


@dataclass(frozen=True)
class Acme:
    """How the certificate is asked for. Variables of the hooks and the binding are secrets and no settings."""

    server: str = LETS_ENCRYPT
    email: str = ""
    challenge: str = "http-01"
    http_port: int = HTTP
    auth_hook: str = ""
    cleanup_hook: str = ""
    trusted_ca: str = ""

    @property
    def over_http(self) -> bool:
        return self.challenge == "http-01"

    @property
    def hooks(self) -> tuple[str, ...]:
        """The programs that change the DNS."""
        return tuple(hook for hook in (self.auth_hook, self.cleanup_hook) if hook)


def read_acme(pair: Reader, domain: str, listen: Sequence[str], port: int) -> Acme:
    """pair: the setting `certificate`."""
    if pair.get("acme") is not None and not isinstance(pair.get("acme"), dict):
        pair.problem("acme", "must be an object", "{} asks Let's Encrypt over http-01")
    reader = Reader(pair.get("acme") or {}, pair.problems, pair.at("acme"))
    acme = Acme(
        server=_server(reader),
        email=_email(reader),
        challenge=reader.choice("challenge", "http-01", CHALLENGES),
        http_port=reader.integer("http_port", HTTP, 1, 65535),
        auth_hook=_hook(reader, "auth_hook"),
        cleanup_hook=_hook(reader, "cleanup_hook"),
        trusted_ca=_trusted(reader),
    )
    read_variables(reader, "environment", ("REQUESTS_CA_BUNDLE",), "it is for the hooks and for a proxy")
    _binding(reader)
    _domain(reader, acme, domain)
    _way(reader, acme, listen, port)
    reader.finish()
    return acme


def _server(reader: Reader) -> str:
    server = reader.text("server", LETS_ENCRYPT)
    if not _SERVER.fullmatch(server):
        reader.problem("server", f"is no https address: {server!r}", "the directory of an ACME server")
    return server


def _email(reader: Reader) -> str:
    email = reader.text("email")
    if email and not _EMAIL.fullmatch(email):
        reader.problem("email", f"is no address for mail: {email!r}")
    return email


def _hook(reader: Reader, key: str) -> str:
    path = reader.text(key)
    if path and (not _PROGRAM.fullmatch(path) or "/../" in path):
        hint = "a program on the registry's host, without arguments: /usr/local/bin/dns-hook"
        reader.problem(key, f"is no absolute path of letters, digits and ._+-: {path!r}", hint)
    return path


def _trusted(reader: Reader) -> str:
    """What it is worth as PEM, OpenSSL says when it is loaded: here only that it is some."""
    text = reader.text("trusted_ca")
    if text and "-----BEGIN CERTIFICATE-----" not in text:
        reader.problem("trusted_ca", "is no PEM certificate", "the authority's own certificate")
    return text


def _binding(reader: Reader) -> None:
    """The account of an authority that knows its customers: both, or none."""
    if reader.get("binding") is None:
        return
    binding = Reader(reader.get("binding"), reader.problems, reader.at("binding"))
    for key in ("key_id", "hmac_key"):
        value = binding.text(key)
        if not re.fullmatch(r"[A-Za-z0-9_=.-]+", value):
            binding.problem(
                key, "is required, in one word", "the authority shows both where accounts are made"
            )
    binding.finish()


def _domain(reader: Reader, acme: Acme, domain: str) -> None:
    if not domain:
        return
    hint = "set domain to a name of the DNS, or leave acme out for a certificate of an own authority"
    if _is_address(domain) or domain == "localhost" or domain.endswith(".localhost"):
        reader.problems.append(Problem(reader.path, f"cannot certify {domain}", hint))
    elif acme.server == LETS_ENCRYPT and ("." not in domain or domain.rpartition(".")[2] in _LOCAL):
        text = f"no public authority certifies {domain}"
        reader.problems.append(Problem(reader.path, text, f"{hint}; or give the server of your own"))


def _is_address(domain: str) -> bool:
    try:
        return bool(ipaddress.ip_address(domain))
    except ValueError:
        return False


def _way(reader: Reader, acme: Acme, listen: Sequence[str], port: int) -> None:
    """Whether the authority can see an answer."""
    if not acme.over_http:
        if not acme.auth_hook:
            reader.problem("auth_hook", "is required for dns-01", "the program that makes the TXT record")
        if reader.get("http_port") is not None:
            reader.problem("http_port", "is for http-01")
        return
    for key in ("auth_hook", "cleanup_hook"):
        if reader.get(key):
            reader.problem(key, "is for dns-01", 'set challenge to "dns-01"')
    if acme.http_port == port:
        reader.problem("http_port", f"{port} is the port of the registry itself")
    loopback = all(_is_address(it) and ipaddress.ip_address(it).is_loopback for it in listen)
    # With another port something on this host passes requests on, and an own server may be on this host.
    if acme.server == LETS_ENCRYPT and acme.http_port == HTTP and listen and loopback:
        hint = 'listen: ["0.0.0.0", "::"]; or challenge: "dns-01", for which nobody has to reach this host'
        reader.problem(
            "challenge", "http-01 is answered on loopback alone, where the authority cannot ask", hint
        )
