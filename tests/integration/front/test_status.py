"""The status page as the front serves it: to whoever has signed in, of what they may pull, and nothing to anybody else."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.front.conftest import guesses, in_a_row
from tests.support.images import push_image
from tests.support.instance import PASSWORDS, SETTINGS, USERS, Instance, needs_servers, running, wait_until
from tests.support.operations import Registry
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, needs_servers]
REPOSITORIES = {
    "pub/base": ("admin", "ci", "reader", "team"),
    "team/app": ("admin", "ci", "team"),
    "team/deep/er": ("admin", "ci"),
    "secret/plans": ("admin", "ci"),
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "content-type": "text/html; charset=utf-8",
}


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with running() as running_instance:
        with running_instance.client("ci") as client:
            for name in REPOSITORIES:
                push_image(client, name, "1.0", f"layer of {name}".encode())
        Registry(running_instance).done("inventory")
        yield running_instance


def get(
    instance: Instance, user: str | None, password: str | None = None, path: str = "/status"
) -> httpx.Response:
    with instance.client(user, password) as client:
        return client.get(path)


def names(answer: httpx.Response) -> set[str]:
    text = answer.text.replace("<wbr>", "")
    return {name for name in REPOSITORIES if name in text}


@pytest.mark.parametrize("user", USERS)
def test_a_user_sees_what_they_may_pull_and_nothing_else(instance, user):
    answer = get(instance, user)
    assert answer.status_code == 200
    assert names(answer) == {name for name, readers in REPOSITORIES.items() if user in readers}
    with instance.client(user) as client:
        pulls = {name for name in REPOSITORIES if client.get(f"/v2/{name}/tags/list").status_code == 200}
    assert names(answer) == pulls, "the page and the protocol agree"
    assert ("Room on the disk" in answer.text) == (user == "admin")
    assert (instance.plan.paths.store in answer.text) == (user == "admin")


def test_it_is_sent_compressed(instance):
    with instance.client("admin") as client:
        assert (
            client.get("/status", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
        )


@pytest.mark.parametrize("password", ["wrong", PASSWORDS["admin"], ""])
def test_a_wrong_password_shows_a_page_to_sign_in_and_nothing_else(instance, password):
    answer = get(instance, "ci", password)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="registry"')
    assert "docker login" in answer.text
    assert "layer" not in answer.text
    assert names(answer) == set()


def test_nobody_in_particular_sees_nothing(instance):
    answer = get(instance, None)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="registry"')
    assert names(answer) == set()


@pytest.mark.parametrize("user", [None, "reader"])
def test_headers_let_a_browser_do_nothing_with_it(instance, user):
    answer = get(instance, user)
    assert {key: answer.headers[key] for key in HEADERS} == HEADERS
    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none';"
        r" frame-ancestors 'none'; sandbox",
        policy,
    )


def test_no_path_leads_to_the_page_of_somebody_else(instance):
    files = [path.name for path in Path(instance.plan.paths.pages).iterdir()]
    tricks = [
        "/status/",
        "/status.html",
        "/status/../status/x",
        "/STATUS",
        "/status%00",
        "/status/%2e%2e/status.html",
    ]
    tricks += [
        f"{base}{name}"
        for name in files
        for base in ("/", "/status/", "/status/../", "/status//", "/status%2f")
    ]
    for user in (None, "reader"):
        for path in tricks:
            answer = get(instance, user, path=path)
            assert answer.status_code in (400, 401, 403, 404), path
            assert names(answer) == set(), path


def test_what_is_typed_beside_the_path_changes_nothing(instance):
    page = get(instance, "reader")
    for query in ("?user=admin", "?role=admin", "?status_page=none", "?/../admin"):
        assert get(instance, "reader", path=f"/status{query}").text == page.text
    with instance.client("reader") as client:
        given = {"X-Role": "admin", "X-Remote-User": "admin", "X-Original-URI": "/v2/", "X-Verdict": "1"}
        assert client.get("/status", headers=given).text == page.text
        assert client.get("/status", headers={"Range": "bytes=0-9"}).text == page.text
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert client.request(method, "/status").status_code == 403


@pytest.mark.parametrize("login", ["Reader", "reader:x", "admin%00", "../admin", "admin\u0430"])
def test_names_that_are_nearly_a_user_are_refused(instance, login):
    credentials = httpx.BasicAuth(login.encode(), PASSWORDS["reader"])
    with instance.client() as client:
        answer = client.get("/status", auth=credentials)
    assert answer.status_code == 401
    assert names(answer) == set()


def test_the_audit_log_tells_who_has_looked(instance):
    get(instance, "team")
    log = Path(instance.plan.paths.log) / "audit.log"
    wait_until(
        lambda: '"user":"team"' in log.read_text() and '"path":"/status"' in log.read_text(), "the log"
    )


def test_rights_that_have_changed_are_never_served_the_page_of_before():
    """Until the host has made the new page there is none; then the right one, and that of before is gone."""
    with running() as instance:
        registry = Registry(instance)
        with instance.client("ci") as client:
            for name in REPOSITORIES:
                push_image(client, name, "1.0", b"x")
        registry.done("inventory")
        assert names(get(instance, "team")) == {"pub/base", "team/app"}
        port = instance.plan.settings.port
        users = {**SETTINGS["users"], "team": {"pull": ["pub/*"]}}
        instance.apply({**SETTINGS, "port": port, "users": users})
        answer = get(instance, "team")
        assert answer.status_code in (200, 503)
        assert names(answer) <= {"pub/base"}
        registry.done("inventory")
        assert names(get(instance, "team")) == {"pub/base"}
        gone = {name: rights for name, rights in users.items() if name not in ("team", "reader")}
        instance.apply({**SETTINGS, "port": port, "users": gone})
        assert get(instance, "team").status_code == 401
        registry.done("inventory")
        pages = Path(instance.plan.paths.pages)
        # The host may be at them too, by its clock.
        wait_until(lambda: len(list(pages.iterdir())) == 2, "the pages of others to be gone")


@pytest.mark.timeout(600)
def test_a_page_that_is_not_made_yet_says_so():
    with running() as instance:
        for path in Path(instance.plan.paths.pages).iterdir():
            path.unlink(missing_ok=True)  # the host makes them at its start
        answer = get(instance, "reader")
        if answer.status_code == 503:
            assert answer.headers["retry-after"] == "60"
            assert "Not made yet" in answer.text
        wait_until(lambda: get(instance, "reader").status_code == 200, "the host to make it by itself", 300)


def test_it_can_be_switched_off():
    with running({**SETTINGS, "status_page": False}) as instance:
        assert get(instance, "admin").status_code == 404
        assert not Path(instance.plan.paths.pages).exists()
        assert Registry(instance).done("inventory")["repositories"] == 0


def test_anonymous_pull_shows_nothing_to_those_who_have_not_signed_in():
    with running({**SETTINGS, "anonymous_pull": ["**"]}) as instance:
        with instance.client("ci") as client:
            push_image(client, "secret/plans", "1.0", b"x")
        Registry(instance).done("inventory")
        assert get(instance, None).status_code == 401
        assert names(get(instance, "reader")) == {"secret/plans"}, "who has signed in may pull it too"


def test_guessing_passwords_here_is_limited_as_everywhere():
    with running() as own:
        answers = in_a_row(Wire(own), guesses("admin", 60), target="/status")
        codes = {answer.status for answer in answers}
    assert codes == {401, 429}
