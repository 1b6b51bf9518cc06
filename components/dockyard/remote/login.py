"""Opening the connection, step by step: each step that fails says which it was."""

import contextlib
import io
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko

from dockyard.errors import DockyardError
from dockyard.remote.connection import Connection, Login
from dockyard.remote.host_keys import Pin, how_to_pin, is_path, pins

KEEPALIVE_SECONDS = 15
DEAD_MILLISECONDS = 60_000
"""After so long without an answer the host counts as gone."""
BEGIN = "-----BEGIN "
RSA = ("rsa-sha2-512", "rsa-sha2-256")


class UnreachableError(DockyardError):
    """No connection came about; nothing on the host was touched."""


@contextlib.contextmanager
def opened(connection: Connection) -> Iterator[paramiko.Transport]:
    """A transport that is signed in. Raises UnreachableError."""
    # What goes wrong is told by exceptions.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    login, jump = connection.login, connection.jump
    with contextlib.ExitStack() as stack:
        if jump:
            between = stack.enter_context(
                _signed_in(jump, _tcp(jump, connection.timeout), connection.timeout)
            )
            stream: Any = _through(between, jump, login, connection.timeout)
        else:
            stream = _tcp(login, connection.timeout)
        yield stack.enter_context(_signed_in(login, stream, connection.timeout))


def _tcp(login: Login, timeout: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(login.host, login.port, type=socket.SOCK_STREAM)
    except OSError as error:
        hint = "compare `target/ssh/host` with the host's name or address"
        raise UnreachableError(f"{login}: DNS: {error.strerror}", hint) from None
    reason = ""
    for family, _, _, _, address in found:
        stream = socket.socket(family, socket.SOCK_STREAM)
        stream.settimeout(timeout)
        try:
            stream.connect(address)
        except OSError as error:
            stream.close()
            text = f"no answer in {timeout} s" if isinstance(error, TimeoutError) else error.strerror
            reason = f"{address[0]}: {text}"
            continue
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux alone has it
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_MILLISECONDS)
        return stream
    hint = "see whether the host is up, its sshd listens on that port, and no firewall is between"
    raise UnreachableError(f"{login}: TCP: {reason}", hint)


def _through(between: paramiko.Transport, jump: Login, login: Login, timeout: int) -> paramiko.Channel:
    target = (login.host, login.port)
    try:
        return between.open_channel("direct-tcpip", target, ("127.0.0.1", 0), timeout=timeout)
    except paramiko.ChannelException as error:
        reason = error.text or "refused"
    except (paramiko.SSHException, EOFError, OSError):
        reason = f"no answer in {timeout} s"
    text = f"{login}: TCP: the jump host {jump} does not reach it: {reason}"
    raise UnreachableError(text, "its sshd must allow AllowTcpForwarding")


@contextlib.contextmanager
def _signed_in(login: Login, stream: Any, timeout: int) -> Iterator[paramiko.Transport]:
    with contextlib.ExitStack() as stack:
        stack.callback(stream.close)
        expected = _pins(login)
        transport = paramiko.Transport(stream)
        stack.callback(transport.close)
        transport.daemon = True
        transport.banner_timeout = transport.auth_timeout = timeout
        transport.use_compression(True)
        _prefer(transport, expected)
        try:
            transport.start_client(timeout=timeout)
        except (paramiko.SSHException, EOFError, OSError) as error:
            hint = "see whether an SSH server listens on that port"
            raise UnreachableError(f"{login}: SSH: {str(error) or 'no answer'}", hint) from None
        _compare(login, transport.get_remote_server_key(), expected)
        _authenticate(login, transport)
        transport.set_keepalive(KEEPALIVE_SECONDS)
        yield transport


def _pins(login: Login) -> list[Pin]:
    try:
        found = pins(login.host_key, login.host, login.port)
    except OSError as error:
        raise UnreachableError(f"{login}: host key: {login.host_key}: {error.strerror}") from None
    if not found:
        where = f" in {login.host_key}" if is_path(login.host_key) else ""
        raise UnreachableError(
            f"{login}: host key: none is pinned{where}", how_to_pin(login.host, login.port)
        )
    return found


def _prefer(transport: paramiko.Transport, expected: list[Pin]) -> None:
    """A host has several keys: it is asked for one that is pinned. Another one is looked at all the same, to say what it is."""
    wanted = [name for pin in expected for name in (RSA if pin.type == "ssh-rsa" else (pin.type,))]
    options = transport.get_security_options()
    known = [name for name in options.key_types if name not in wanted]
    options.key_types = [name for name in dict.fromkeys(wanted) if name in options.key_types] + known


def _compare(login: Login, key: paramiko.PKey, expected: list[Pin]) -> None:
    found = Pin(key.get_name(), key.asbytes())
    if found in expected:
        return
    raise UnreachableError(
        f"{login}: host key: it has changed, or this is another host\n"
        f"    pinned: {', '.join(pin.fingerprint for pin in expected)}\n"
        f"    found:  {found.fingerprint}",
        "compare what was found with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`, typed on the host itself;"
        " where they are equal, put the new key into `host_key`",
    )


def _authenticate(login: Login, transport: paramiko.Transport) -> None:
    if login.key:
        _try_keys(login, transport, [_key(login)])
        return
    with contextlib.closing(paramiko.Agent()) as agent:
        keys: list[paramiko.PKey] = list(agent.get_keys())
        if not keys:
            hint = "set `key` to the path of a private key, or start an agent and load one with `ssh-add`"
            raise UnreachableError(f"{login}: key: none is given, and no SSH agent has one", hint)
        _try_keys(login, transport, keys)


def _try_keys(login: Login, transport: paramiko.Transport, keys: list[paramiko.PKey]) -> None:
    for key in keys:
        try:
            further = transport.auth_publickey(login.user, key)
        except paramiko.BadAuthenticationType as error:
            allowed = ", ".join(error.allowed_types)
            raise UnreachableError(
                f"{login}: login: the host takes no keys, but {allowed}", "allow PubkeyAuthentication there"
            ) from None
        except (paramiko.SSHException, EOFError):
            continue
        except OSError as error:
            raise UnreachableError(f"{login}: login: the connection was lost: {error.strerror}") from None
        if further:
            raise UnreachableError(f"{login}: login: the host asks for more than a key: {', '.join(further)}")
        return
    tried = ", ".join(f"{key.get_name()} {key.fingerprint}" for key in keys)
    hint = f"put its public key into ~{login.user}/.ssh/authorized_keys on the host, or name another key"
    raise UnreachableError(f"{login}: login: the host takes none of these keys: {tried}", hint)


def _key(login: Login) -> paramiko.PKey:
    if login.key.startswith(BEGIN):
        text, name = login.key, "the given text"
    else:
        path = Path(login.key).expanduser()
        name = str(path)
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no text"
            raise UnreachableError(f"{login}: key: {name}: {reason}") from None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            found: paramiko.PKey = kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException:
            hint = "load it with `ssh-add` and leave `key` out, or use a key without a passphrase"
            raise UnreachableError(f"{login}: key: {name} has a passphrase", hint) from None
        except (paramiko.SSHException, ValueError, IndexError):
            continue
        return found
    raise UnreachableError(f"{login}: key: {name} is no private key", "ed25519, ECDSA and RSA are known")
