"""A proxy before a registry that does one thing wrong: the doctor names it."""

from pathlib import Path

import pytest
from dockyard.doctor.target import Target

from tests.integration.doctor.conftest import behind, is_named, look
from tests.support.faulty import GOOD, HTTPS, Authority, proxy

pytestmark = pytest.mark.integration

LOCATIONS = [
    (f"proxy_set_header Host $host; {HTTPS}", "sent to port 443", "$http_host"),
    (
        f"proxy_set_header Host internal.example.com:5000; {HTTPS}",
        "sent to host internal.example.com",
        "Host",
    ),
    ("proxy_set_header Host $http_host;", "sent to scheme http", "X-Forwarded-Proto"),
]


@pytest.mark.parametrize(("directives", "told", "setting"), LOCATIONS, ids=["port", "host", "scheme"])
def test_a_proxy_that_sends_uploads_elsewhere(
    bare: int, authority: Authority, tmp_path: Path, directives: str, told: str, setting: str
) -> None:
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "localhost"), directives) as port:
        is_named(behind(port, authority), "upload", told, setting)


ANSWERS = [
    ("return 200 '<html>welcome</html>'; default_type text/html;", "registry", "invalid character '<'"),
    (
        "return 301 https://elsewhere.example.com$request_uri;",
        "registry",
        "https://elsewhere.example.com/v2/",
    ),
    ("return 502;", "registry", "the registry behind it is not"),
    ("default_type application/json; return 401 '{}';", "registry", "without WWW-Authenticate"),
    ("add_header Retry-After 30 always; return 429;", "registry", "429, too many requests; again in 30 s"),
    (f"{GOOD} client_max_body_size 100m;", "upload size", "413"),
]


@pytest.mark.parametrize(
    ("directives", "name", "told"), ANSWERS, ids=["html", "redirect", "down", "mute", "many", "size"]
)
def test_a_proxy_that_answers_for_the_registry(
    bare: int, authority: Authority, tmp_path: Path, directives: str, name: str, told: str
) -> None:
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "localhost"), directives) as port:
        is_named(behind(port, authority), name, told)


def test_a_limit_of_a_proxy_that_only_a_push_shows(bare: int, authority: Authority, tmp_path: Path) -> None:
    """It takes chunks, and not an image of one piece: the probe says so."""
    directives = f"{GOOD} if ($request_method = PUT) {{ return 413; }}"
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "localhost"), directives) as port:
        found = look(Target("localhost", port, authority=authority.pem), with_probe=True)
    is_named(found, "probe: chunked push", "413, not 201")
