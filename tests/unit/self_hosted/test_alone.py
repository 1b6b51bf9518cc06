"""A registry without a front: what it may be asked for, and what is refused by name."""

from typing import Any

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.environment import yaml_text
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.reserve import Reserve
from dockyard.self_hosted.settings import Settings, read_settings

ADMIN = {"admin": {"admin": True}}
GOOD: dict[str, Any] = {"domain": "localhost", "front": "none", "port": 5000, "users": ADMIN}
ROOT = HostFacts(True, True, "/run", "/state", "/usr/bin/python3")
FRONT = "leave it out, or set front to nginx"
LOOPBACK = "127.0.0.1 or ::1; a registry that others reach needs a front, which knows rights and limits"
NO_ROLES = "would have every right: the registry alone knows no roles"
ADMINS = 'give {"admin": true} to each user, or set front to nginx'
NO_RULES = "cannot be kept: the registry alone has no rules for tags"
SECRET = "may hold a secret, which a variable would show to everybody who may ask Docker"


def read(**values: object) -> Settings:
    return read_settings({**GOOD, **values}, "test")


def problems(**values: object) -> str:
    with pytest.raises(ProblemsError) as caught:
        read(**values)
    return str(caught.value)


def told(problem: str, hint: str = "") -> str:
    return f"test: 1 problem\n  {problem}" + (f"\nhint: {hint}" if hint else "")


def test_one_address_of_loopback_and_nothing_that_needs_a_front_is_the_default() -> None:
    settings = read()
    assert settings.front is Front.NONE
    assert settings.listen_addresses == ("127.0.0.1:5000",)
    assert settings.reserve == Reserve(0, 0)
    assert settings.status_page is False
    assert read(status_page=False, reserve="0", immutable_tags=False, anonymous_pull=[]) == settings


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "0:0::1"])
def test_another_address_of_loopback_may_be_named(address: str) -> None:
    assert len(read(listen=[address]).listen) == 1


@pytest.mark.parametrize(
    ("values", "problem", "hint"),
    [
        ({"listen": ["0.0.0.0"]}, "listen/0: is not loopback: 0.0.0.0", LOOPBACK),
        ({"listen": ["::"]}, "listen/0: is not loopback: ::", LOOPBACK),
        ({"listen": ["192.0.2.7"]}, "listen/0: is not loopback: 192.0.2.7", LOOPBACK),
        (
            {"listen": ["127.0.0.1", "::1"]},
            "listen: the registry alone listens on one address",
            "name one, such as 127.0.0.1",
        ),
        ({"port": 443}, "port: 443 is for root, which the registry is not", "1024 or above, such as 5000"),
        ({"users": {"ci": {"push": ["**"], "delete": ["**"]}}}, f"users/ci: {NO_ROLES}", ADMINS),
        ({"users": {**ADMIN, "reader": {"pull": ["a/*"]}}}, f"users/reader: {NO_ROLES}", ADMINS),
        (
            {"users": {"admin": {"admin": True, "rotation": "1", "overlap_hours": 4}}},
            "users/admin/overlap_hours: cannot be kept: the registry alone knows one password of a user",
            "set it to 0, as `dockyard users rotate --overlap 0` does, or set front to nginx",
        ),
        (
            {"anonymous_pull": ["**"]},
            "anonymous_pull: cannot be kept: the registry alone asks everybody for a password",
            FRONT,
        ),
        ({"immutable_tags": True}, f"immutable_tags: {NO_RULES}", FRONT),
        ({"tag_rules": {"forbidden": ["latest"]}}, f"tag_rules: {NO_RULES}", FRONT),
        (
            {"repositories": {"a": {"immutable_tags": True}}},
            f"repositories/a/immutable_tags: {NO_RULES}",
            FRONT,
        ),
        ({"status_page": True}, "status_page: cannot be kept: nobody serves it without a front", FRONT),
        (
            {"audit": {"keep_days": 7}},
            "audit: cannot be kept: without a front nothing is written of who did what",
            FRONT,
        ),
        ({"metrics": {"port": 9180}}, "metrics: cannot be kept: they are values of a front", FRONT),
        (
            {"firewall": {"allow_from": ["10.0.0.0/8"]}},
            "firewall: cannot be kept: loopback is reached from this host alone",
            FRONT,
        ),
        (
            {"reserve": "5%"},
            "reserve: cannot be kept: the registry alone takes uploads until the disk is full",
            FRONT,
        ),
        ({"images": {"nginx": "nginx:1"}}, "images/nginx: is not run: there is no front", "leave it out"),
        (
            {"runtime": "systemd"},
            "runtime: systemd runs no registry without a front",
            'set it to "compose"',
        ),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_told_with_its_path(values: dict[str, Any], problem: str, hint: str) -> None:
    assert problems(**values) == told(problem, hint)


def test_a_name_of_a_host_is_no_address() -> None:
    assert "listen/0: is not an IP address: 'localhost'" in problems(listen=["localhost"])


def test_a_certificate_by_acme_has_no_public_name() -> None:
    found = problems(certificate={"acme": {}})
    assert "certificate/acme: cannot be kept: a loopback address has no public name" in found


def test_everything_wrong_is_told_at_once() -> None:
    found = problems(users={"ci": {}}, port=80, anonymous_pull=["a"], environment={"X": "y"})
    assert found.startswith("test: 4 problems")


def test_docker_runs_it_whatever_the_host_would_choose() -> None:
    plan = Plan(read(), ROOT, "main")
    assert plan.chosen == "compose"
    assert render(plan).containers is not None


def test_another_host_is_refused_since_nobody_would_reach_it_from_here() -> None:
    target = {"ssh": {"host": "registry.example.com", "user": "root", "host_key": "ssh-ed25519 AAAA"}}
    with pytest.raises(ProblemsError) as raised:
        read(target=target)
    assert "target/ssh: the registry alone is reached from its own host only" in str(raised.value)


def test_variables_are_taken_in_order() -> None:
    given = {"REGISTRY_LOG_LEVEL": "debug", "REGISTRY_AUTH": "htpasswd", "REGISTRY_CATALOG_MAXENTRIES": "50"}
    assert read(environment=given).environment == tuple(sorted(given.items()))


@pytest.mark.parametrize(
    ("name", "value", "problem", "hint"),
    [
        ("PATH", "/", "is no variable of the registry", "their names begin with REGISTRY_"),
        (
            "REGISTRY_LOG_LEVLE",
            "info",
            "is no variable of the registry",
            "did you mean 'REGISTRY_LOG_LEVEL'?",
        ),
        ("REGISTRY_LOG_LEVEL", "loud", "is not error, warn, info, debug: 'loud'", ""),
        ("REGISTRY_LOG_ACCESSLOG_DISABLED", True, "must be text, got true", "write it in quotes"),
        ("REGISTRY_LOG_ACCESSLOG_DISABLED", "yes", "is not true or false: 'yes'", ""),
        ("REGISTRY_CATALOG_MAXENTRIES", "0", "is not a whole number above 0: '0'", ""),
        ("REGISTRY_HTTP_TLS_MINIMUMTLS", "tls1.0", "is not tls1.2 or tls1.3: 'tls1.0'", ""),
        (
            "REGISTRY_AUTH_HTPASSWD_REALM",
            "a\nb",
            "is not one line of printable ASCII without quotes and backslashes: 'a\\nb'",
            "",
        ),
        ("REGISTRY_TAGS_MAXTAGS", "5", "is unknown to registry 2", "it is of version 3"),
        ("REGISTRY_AUTH", "silly", "is not htpasswd: 'silly'", ""),
        ("REGISTRY_AUTH", "token", "is not htpasswd: 'token'", ""),
        ("REGISTRY_AUTH_HTPASSWD_PATH", "/x", "is not to be set here", "that file is made of `users`"),
        ("REGISTRY_AUTH_SILLY_REALM", "x", "is not to be set here", "who signs in is said by `users`"),
        ("REGISTRY_HTTP_ADDR", "0.0.0.0:80", "is not to be set here", "set `listen` and `port`"),
        (
            "REGISTRY_HTTP_DEBUG_ADDR",
            ":6",
            "is not to be set here",
            "its port would answer without a sign-in",
        ),
        (
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
            "/",
            "is not to be set here",
            "set `storage`",
        ),
        ("REGISTRY_STORAGE_MAINTENANCE_READONLY", "{}", "is not to be set here", "set `read_only`"),
    ],
)
def test_a_variable_that_is_not_taken_is_told(name: str, value: object, problem: str, hint: str) -> None:
    assert problems(environment={name: value}) == told(f"environment/{name}: {problem}", hint)


@pytest.mark.parametrize(
    "name",
    [
        "REGISTRY_HTTP_SECRET",
        "REGISTRY_STORAGE_S3_SECRETKEY",
        "REGISTRY_STORAGE_S3_ACCESSKEY",
        "REGISTRY_STORAGE_AZURE_ACCOUNTKEY",
        "REGISTRY_STORAGE_SWIFT_PASSWORD",
        "REGISTRY_STORAGE_GCS_KEYFILE",
        "REGISTRY_REDIS_PASSWORD",
        "REGISTRY_PROXY_PASSWORD",
        "REGISTRY_NOTIFICATIONS_ENDPOINTS",
        "REGISTRY_LOG_HOOKS",
        "REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE",
    ],
)
def test_what_may_be_a_secret_is_refused_and_never_shown(name: str) -> None:
    found = problems(environment={name: "correct horse"})
    assert f"environment/{name}: {SECRET}" in found
    assert "hint: " in found
    assert "horse" not in found


def test_a_variable_that_nobody_takes_names_those_that_are() -> None:
    found = problems(environment={"REGISTRY_MIDDLEWARE_STORAGE": "x"})
    assert "hint: those that are taken: REGISTRY_AUTH, " in found


@pytest.mark.parametrize("environment", ["x", ["REGISTRY_AUTH"]])
def test_variables_are_an_object(environment: object) -> None:
    assert "environment: must be an object" in problems(environment=environment)


def test_they_are_for_a_registry_alone() -> None:
    hint = "they are the registry's own, for one alone: set front to none, or use the settings of the front"
    assert problems(front="nginx", environment={"REGISTRY_LOG_LEVEL": "info"}) == told(
        "environment: is not for front nginx", hint
    )
    assert read(front="nginx", environment={}).environment == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Registry Realm", "Registry Realm"),
        ("/etc/x/htpasswd", "/etc/x/htpasswd"),
        ("127.0.0.1:5000", "127.0.0.1:5000"),
        ("[::1]:5000", '"[::1]:5000"'),
        ("on", '"on"'),
        ("1", '"1"'),
        ("a: b", '"a: b"'),
    ],
)
def test_the_registry_reads_a_text_as_text(text: str, shown: str) -> None:
    assert yaml_text(text) == shown
