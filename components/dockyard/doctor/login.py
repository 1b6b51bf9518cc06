"""Signing in, as Docker does it: by Basic, or by a token that a token server gives."""

import shlex
import time
from collections.abc import Generator

import httpx

from dockyard.doctor import challenge, skew, token
from dockyard.doctor.challenge import Challenge
from dockyard.doctor.exchange import error_of
from dockyard.doctor.target import Target
from dockyard.errors import DockyardError
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME, ASKED = "login", "challenge"


class Login(httpx.Auth):
    """Answers challenges of the registry, and of nobody else: its password goes to no other host but the realm it names."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known = ""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._own(request.url):
            yield request
            return
        if self._known:
            request.headers["Authorization"] = self._known
        answer = yield request
        if answer.status_code != 401 or not self._own(answer.url):
            return
        asked = challenge.choose(challenge.read(answer.headers.get_list("WWW-Authenticate")))
        username, password = self._target.username, self._target.password
        if asked and asked.scheme == "basic" and username and not self._known:
            self._known = token.basic(username, password)
        elif asked and asked.scheme == "bearer":
            given = yield token.request(asked, username, password)
            given.read()
            if not (new := token.of(given)):
                return
            self._known = f"Bearer {new}"
        else:
            return
        request.headers["Authorization"] = self._known
        yield request

    def _own(self, url: httpx.URL) -> bool:
        own = httpx.URL(self._target.url)
        return (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port)


def judge_challenge(target: Target, answer: httpx.Response) -> Verdict:
    """answer: to GET /v2/ without a login."""
    command = f"curl -si {target.url}/v2/ | grep -i www-authenticate"
    if answer.status_code == 200:
        return ok(ASKED, "nobody has to sign in to see /v2/")
    found = challenge.read(answer.headers.get_list("WWW-Authenticate"))
    asked = challenge.choose(found)
    if asked is None:
        schemes = ", ".join(one.scheme for one in found) or "nothing that can be read"
        return failure(ASKED, f"it asks for {schemes}; clients know Basic and Bearer", command)
    realm = asked.parameters.get("realm", "")
    if asked.scheme == "basic":
        if target.plain and not target.on_this_machine:
            return failure(ASKED, "it asks for a password over plain HTTP", command)
        return ok(ASKED, f"Basic, realm {realm!r}")
    try:
        token.request(asked, "", "")
    except DockyardError as error:
        return failure(ASKED, error.message, command)
    service = asked.parameters.get("service", "")
    if not service:
        return warning(
            ASKED, f"Bearer, realm {realm}, without a service: many token servers need one", command
        )
    return ok(ASKED, f"Bearer, realm {realm}, service {service}")


def check(target: Target, client: httpx.Client, anonymous: httpx.Response) -> Verdict:
    """client: one that signs in by itself nowhere. anonymous: the answer to GET /v2/ without a login."""
    asked = challenge.choose(challenge.read(anonymous.headers.get_list("WWW-Authenticate")))
    if not target.username:
        return skipped(NAME, "no user was given", f"{target.typed} --username USER --password-stdin")
    if asked is None:
        return skipped(NAME, f"{target.host} does not ask {target.username} to sign in")
    if asked.scheme == "basic":
        return judge(target, client.get("/v2/", auth=(target.username, target.password)))
    return _by_token(target, client, asked)


def _by_token(target: Target, client: httpx.Client, asked: Challenge) -> Verdict:
    realm = mask_realm(asked)
    request = token.request(asked, target.username, target.password)
    command = f"curl -si {shlex.quote(str(request.url.copy_remove_param('account')))} | head -n 20"
    try:
        given = client.send(request, auth=None)
    except httpx.TransportError as error:
        return failure(NAME, f"the token server {realm} does not answer: {error}", command)
    if given.status_code in (401, 403):
        return _refused(target, given, f"the token server {realm}")
    new = token.of(given)
    if not new:
        kind = given.headers.get("Content-Type", "")
        return failure(
            NAME,
            f"{realm} is no token server: it answers {given.status_code} {kind} without a token",
            command,
        )
    answer = client.get("/v2/", headers={"Authorization": f"Bearer {new}"})
    if answer.status_code != 401:
        return judge(target, answer)
    now, said = skew.date(answer.headers.get("Date", "")) or time.time(), token.claims(new)
    if late := token.untimely(said, now):
        return failure(
            NAME,
            f"{late}: Docker says `unauthorized`",
            f"timedatectl  # on {target.host} and {request.url.host}",
        )
    told = f" (issuer {said.get('iss')!r}, audience {said.get('aud')!r})" if said else ""
    evidence = (
        f"the registry refuses the token that {realm} gave{told}: do its keys, issuer and service agree?"
    )
    return failure(NAME, evidence, command)


def mask_realm(asked: Challenge) -> str:
    return asked.parameters.get("realm", "").partition("?")[0]


def judge(target: Target, answer: httpx.Response) -> Verdict:
    """answer: to GET /v2/ with the login."""
    status, user = answer.status_code, target.username
    if status == 200:
        return ok(NAME, f"signed in as {user}")
    if status == 429:
        wait = answer.headers.get("Retry-After", "a while")
        return failure(NAME, f"too many failed logins from this address; again in {wait} s", target.typed)
    if status in (401, 403):
        return _refused(target, answer, target.host)
    return failure(NAME, f"GET /v2/ as {user} answers {status} {error_of(answer)}", f"{target.typed} --trace")


def _refused(target: Target, answer: httpx.Response, who: str) -> Verdict:
    if answer.status_code == 403:
        evidence = f"{who} knows {target.username} and forbids it: 403 {error_of(answer)}"
        return failure(NAME, evidence, f"{target.typed} --trace")
    words = "the password is wrong or has ended, or the user is not there"
    evidence = f"{who} refuses {target.username}: 401 {error_of(answer)}; {words}"
    again = f"docker logout {target.place}; docker login {target.place} --username {target.username}"
    return failure(NAME, evidence, target.new_login or again)
