"""The password of whoever deploys."""

import httpx
import pulumi
import pytest
from dockyard.azure.login import AUDIENCE, TRIES, USER, refresh_token
from dockyard.errors import DockyardError

HOST, TENANT = "images.azurecr.io", "7e7a7000-0000-4000-8000-000000000002"


def answering(*answers):
    """Sends nothing: gives the answers, one after another."""
    left, seen = list(answers), []

    def send(url, **options):
        seen.append((url, options["data"]))
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    send.seen = seen
    return send


def test_an_entra_token_is_exchanged_at_the_registry_itself():
    send = answering(httpx.Response(200, json={"refresh_token": "refresh"}))
    assert refresh_token(HOST, TENANT, "entra", send) == "refresh"
    form = {"grant_type": "access_token", "service": HOST, "tenant": TENANT, "access_token": "entra"}
    assert send.seen == [(f"https://{HOST}/oauth2/exchange", form)]


def test_the_user_is_the_one_that_stands_for_a_refresh_token():
    assert USER == "00000000-0000-0000-0000-000000000000"
    assert AUDIENCE == "https://containerregistry.azure.net"


def test_a_registry_that_was_just_made_is_asked_again():
    waited = []
    send = answering(
        httpx.ConnectError("no such name"), httpx.Response(200, json={"refresh_token": "refresh"})
    )
    assert refresh_token(HOST, TENANT, "entra", send, waited.append) == "refresh"
    assert waited == [1]


def test_a_registry_out_of_reach_is_given_up_with_what_to_do():
    waited = []
    send = answering(*[httpx.ConnectTimeout("entra") for _ in range(TRIES)])
    with pytest.raises(DockyardError) as raised:
        refresh_token(HOST, TENANT, "entra", send, waited.append)
    assert str(raised.value).splitlines()[0] == f"{HOST} cannot be reached: ConnectTimeout"
    assert "deploy from where it can be reached" in str(raised.value)
    assert len(waited) == TRIES - 1


def test_a_refusal_says_its_code_and_never_the_token():
    send = answering(httpx.Response(401, json={"errors": ["entra"]}))
    with pytest.raises(DockyardError, match="HTTP 401") as raised:
        refresh_token(HOST, TENANT, "entra", send)
    assert "entra" not in str(raised.value)


@pytest.fixture
def refused(make, monkeypatch):
    """A registry that gives no token; what Pulumi was told to warn of."""
    warned = []

    def refresh_token(host, tenant, token):
        raise DockyardError(f"{host} gives whoever deploys no token: HTTP 401", "name them in push")

    monkeypatch.setattr("dockyard.azure.login.refresh_token", refresh_token)
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource: warned.append(text))
    return warned


def test_who_deploys_without_a_role_is_warned_and_gets_no_password(make, refused):
    assert make.output("password") == ""
    text = f"the output `password` is empty: {HOST} gives whoever deploys no token: HTTP 401"
    assert refused[0].splitlines() == [text, "hint: name them in push"]


def test_who_asks_for_a_password_and_gets_none_has_a_program_that_ends_without_a_traceback(make, refused):
    """Pulumi prints a RunError as it is."""
    with pytest.raises(pulumi.RunError, match="gives whoever deploys no token: HTTP 401"):
        make.output("password", login="deployer")
    assert refused == []
