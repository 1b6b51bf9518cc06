"""Registries that ask for a token: a real one verifies what the token server of a test signs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict

from tests.integration.doctor.conftest import held_port, look, wrong
from tests.support.faulty import Authority, bare_registry
from tests.support.instance import MISSING
from tests.support.tokens import PASSWORDS, Tokens, token_server

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@contextmanager
def registry(folder: Path, authority: Authority, realm: str = "") -> Iterator[tuple[int, Tokens]]:
    roots = folder / "roots.pem"
    roots.write_text(authority.pem)
    with (
        token_server(authority) as tokens,
        bare_registry(folder, tokens.auth(str(roots), realm.format(tokens))) as port,
    ):
        yield port, tokens


def asked(port: int, password: str = PASSWORDS["ci"], **changes: object) -> dict[str, Verdict]:
    values: dict[str, object] = {"username": "ci", "password": password, "plain": True, **changes}
    return look(Target("127.0.0.1", port, **values), with_probe=True)  # type: ignore[arg-type]


def test_a_token_is_got_and_used_for_every_scope(tmp_path: Path, authority: Authority) -> None:
    with registry(tmp_path, authority) as (port, tokens):
        found = asked(port)
    assert wrong(found) == set()
    assert found["challenge"].evidence.startswith("Bearer, realm http://127.0.0.1:")
    for name in ("login", "catalog", "upload", "probe: pull by digest", "probe: delete"):
        assert found[name].status == "ok", found[name]
    scopes = {scope for query in tokens.asked for scope in query.get("scope", [])}
    assert "registry:catalog:*" in scopes
    assert {query["account"][0] for query in tokens.asked} == {"ci"}


def test_a_wrong_password_is_the_token_servers_word(tmp_path: Path, authority: Authority) -> None:
    with registry(tmp_path, authority) as (port, _):
        found = asked(port, "wrong")
    assert wrong(found) == {"login"}
    assert "the token server http://127.0.0.1" in found["login"].evidence
    assert "refuses ci: 401" in found["login"].evidence


@pytest.mark.parametrize(("ahead", "told"), [(3600, "is not valid yet"), (-3600, "has expired")])
def test_a_token_server_whose_clock_is_wrong(
    tmp_path: Path, authority: Authority, ahead: float, told: str
) -> None:
    with registry(tmp_path, authority) as (port, tokens):
        tokens.ahead = ahead
        found = asked(port)
    assert wrong(found) == {"login"}
    assert told in found["login"].evidence
    assert "timedatectl" in found["login"].hint


def test_a_token_of_another_issuer(tmp_path: Path, authority: Authority) -> None:
    with registry(tmp_path, authority) as (port, tokens):
        tokens.issuer = "somebody else"
        found = asked(port)
    assert wrong(found) == {"login"}
    assert "issuer 'somebody else'" in found["login"].evidence


def test_a_realm_that_is_no_token_server(tmp_path: Path, authority: Authority) -> None:
    with registry(tmp_path, authority, "http://127.0.0.1:{0.port}/elsewhere") as (port, _):
        found = asked(port)
    assert wrong(found) == {"login"}
    assert "is no token server: it answers 404 text/html" in found["login"].evidence


def test_a_realm_where_nobody_answers(tmp_path: Path, authority: Authority) -> None:
    with (
        held_port() as realm,
        registry(tmp_path, authority, f"http://127.0.0.1:{realm}/token") as (port, _),
    ):
        found = asked(port)
    assert wrong(found) == {"login"}
    assert "does not answer" in found["login"].evidence


def test_a_realm_in_the_clear_on_another_machine_gets_no_password(
    tmp_path: Path, authority: Authority
) -> None:
    with registry(tmp_path, authority, "http://tokens.example.com/token") as (port, _):
        found = asked(port)
    assert wrong(found) == {"challenge"}
    assert "plain HTTP, where no password is sent" in found["challenge"].evidence
    assert found["login"].evidence == "needs: challenge"
