"""Every setting that cannot be honoured is told in full, with its path and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from dockyard.errors import ProblemsError
from dockyard.provider import x509
from dockyard.self_hosted.settings import LOOPBACK, Settings, read_settings

NOW = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {"domain": "registry.example.com", "users": {"ci": {"push": ["**"]}}}
PATTERN_HINT = "a pattern is a repository name in which * and ** may stand: team/*, **"
NAME_HINT = "user names have 1 to 64 lower-case letters, digits, `.`, `_` and `-`, and begin and end with a letter or digit"
LISTEN_HINT = 'an address of this host, or "0.0.0.0" and "::" for all of them'
COST_HINT = (
    "passwords are generated with 160 bits, so a higher cost adds no safety; each step doubles what a sign-in costs,"
    " and at 12 one core checks five passwords a second"
)
STORAGE = "storage: is not an absolute path without special characters: "
STORAGE_HINT = "a folder of its own, such as /srv/registry"
SIZE_HINT = "bytes, or a number with K, M, G or T: 512M"


def problems(**settings: Any) -> str:
    with pytest.raises(ProblemsError) as caught:
        read_settings({**GOOD, **settings}, "registry 'x'", NOW)
    return str(caught.value)


def told(problem: str, hint: str = "") -> str:
    return f"registry 'x': 1 problem\n  {problem}" + (f"\nhint: {hint}" if hint else "")


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"anonimous_pull": []}, "anonimous_pull: unknown key", "did you mean 'anonymous_pull'?"),
    ({"port": 0}, "port: must be between 1 and 65535, got 0", ""),
    ({"port": 65536.0}, "port: must be between 1 and 65535, got 65536", ""),
    ({"port": 443.5}, "port: must be a whole number, got 443.5", ""),
    ({"port": "443"}, "port: must be a whole number, got '443'", ""),
    ({"port": True}, "port: must be a whole number, got true", ""),
    ({"listen": ["localhost"]}, "listen/0: is not an IP address: 'localhost'", LISTEN_HINT),
    ({"listen": ["::1", "fe80::1%eth0"]}, "listen/1: is not an IP address: 'fe80::1%eth0'", LISTEN_HINT),
    ({"listen": []}, "listen: must name at least one address", ""),
    ({"listen": ["::1", "::1"]}, "listen: names an address twice", ""),
    ({"listen": ["::1", "0:0::1"]}, "listen: names an address twice", ""),
    ({"listen": "::1"}, "listen: must be a list of texts, got '::1'", ""),
    ({"domain": ""}, "domain: is required", "the DNS name or address that clients will type"),
    ({"domain": 7}, "domain: must be text, got 7", ""),
    ({"read_only": "yes"}, "read_only: must be true or false, got 'yes'", ""),
    ({"runtime": "docker"}, "runtime: must be one of auto, systemd, supervisor, compose, got 'docker'", ""),
    ({"deletion": "maybe"}, "deletion: must be one of retain, delete, got 'maybe'", ""),
    ({"bcrypt_cost": 12}, "bcrypt_cost: must be between 4 and 10, got 12", COST_HINT),
    ({"cpu_limit": 0}, "cpu_limit: must be between 1 and 102400, got 0", ""),
    ({"memory_limit": "lots"}, "memory_limit: is not a size: 'lots'", SIZE_HINT),
    ({"memory_limit": "512M\n"}, "memory_limit: is not a size: '512M\\n'", SIZE_HINT),
    ({"storage": "images"}, f"{STORAGE}'images'", STORAGE_HINT),
    ({"storage": "/srv/../etc"}, f"{STORAGE}'/srv/../etc'", STORAGE_HINT),
    ({"storage": "/srv/$x"}, f"{STORAGE}'/srv/$x'", STORAGE_HINT),
    ({"storage": "/srv/a b"}, f"{STORAGE}'/srv/a b'", STORAGE_HINT),
    ({"storage": "/srv/a\n"}, f"{STORAGE}'/srv/a\\n'", STORAGE_HINT),
    (
        {"version": "4"},
        "version: must be one of 2, 3, got '4'",
        "",
    ),
    ({"users": {}}, "users: at least one user is needed", 'for example {"ci": {"push": ["**"]}}'),
    ({"users": "ci"}, "users: must be an object, got 'ci'", ""),
    ({"users": {"ci": {"pulls": ["a"]}}}, "users/ci/pulls: unknown key", "did you mean 'pull'?"),
    ({"users": {"ci": {"pull": "a"}}}, "users/ci/pull: must be a list of texts, got 'a'", ""),
    (
        {"users": {"ci": {"admin": True, "pull": ["a"]}}},
        "users/ci/admin: already includes every right",
        "leave pull, push and delete out for an admin",
    ),
    (
        {"repositories": {"team/app": {"push": ["nobody"]}}},
        "repositories/team/app/push/0: no such user: 'nobody'",
        "name a key of `users`",
    ),
    (
        {"repositories": {"Team": {}}},
        "repositories/Team: is not a repository name: 'Team'",
        "lower-case letters and digits, joined by . _ - and /",
    ),
    ({"target": {"cloud": {}}}, "target/cloud: unknown key", "known keys: local, ssh"),
]


@pytest.mark.parametrize(("settings", "problem", "hint"), BAD, ids=[problem for _, problem, _ in BAD])
def test_a_bad_setting_is_told_in_full(settings: dict[str, Any], problem: str, hint: str) -> None:
    assert problems(**settings) == told(problem, hint)


@pytest.mark.parametrize(
    "domain",
    [
        "-a.example",
        "a..b",
        "exa mple",
        "a.example;",
        "a/b",
        "a_b",
        "$host",
        'a"b',
        "a\n",
        "*.example",
        "a" * 64,
        "::1%1",
        "[::1]",
        "a:5000",
    ],
)
def test_what_is_no_domain_is_refused(domain: str) -> None:
    assert problems(domain=domain) == told(f"domain: is neither a DNS name nor an IP address: {domain!r}")


@pytest.mark.parametrize(
    "name", ["", "CI", "a b", "a:b", "a\n", "-a", "a-", ".a", "a" * 65, "$a", 'a"', "ü", "a/b", "a\\b", "a;b"]
)
def test_what_is_no_user_name_is_refused(name: str) -> None:
    assert problems(users={name: {}}) == told(f"users/{name}: is not a user name", NAME_HINT)


@pytest.mark.parametrize(
    "pattern",
    [
        "a b",
        'a"b',
        "a'b",
        "a{2}",
        "a}",
        "a\n",
        "a$",
        "$a",
        "a\\d",
        "a;b",
        "A",
        "a//b",
        "/a",
        "a/",
        "***",
        "a**",
        "**b",
        "-a",
        "a|b",
        "(a)",
        "a+",
        "a?",
        "[a]",
        "^a",
    ],
)
@pytest.mark.parametrize("key", ["pull", "push", "delete"])
def test_what_is_no_pattern_is_refused(pattern: str, key: str) -> None:
    expected = told(f"users/ci/{key}/0: is not a repository pattern: {pattern!r}", PATTERN_HINT)
    assert problems(users={"ci": {key: [pattern]}}) == expected


def test_an_empty_and_an_overlong_pattern_are_refused() -> None:
    assert problems(anonymous_pull=[""]) == told("anonymous_pull/0: must not be empty", PATTERN_HINT)
    expected = told("anonymous_pull/0: must have 255 characters or fewer, got 256", PATTERN_HINT)
    assert problems(anonymous_pull=["a" * 256]) == expected


@pytest.mark.parametrize(
    "path", ["/srv//a", "/srv/./a", "/srv/a/..", "//srv/a", "/srv/a/", "/", "srv/a", "/srv/a;b", "/ü"]
)
def test_a_store_s_folder_has_one_spelling(path: str) -> None:
    assert problems(storage=path) == told(f"{STORAGE}{path!r}", STORAGE_HINT)


@pytest.mark.parametrize(
    "path", ["/var", "/etc", "/etc/x", "/usr/local/x", "/var/lib", "/srv", "/home", "/run/x", "/dev/shm"]
)
def test_a_folder_of_the_system_is_not_made_the_store(path: str) -> None:
    """It would be given to the registry's account, and deleted where `deletion` says so."""
    assert problems(storage=path) == told(f"storage: is a folder of the system: {path!r}", STORAGE_HINT)


@pytest.mark.parametrize("path", ["/srv/a", "/data", "/var/lib/a", "/mnt/disk", "/srv/a/.b@c+d", "/srv/..a"])
def test_any_other_folder_may_be_the_store(path: str) -> None:
    assert read_settings({**GOOD, "storage": path}, "x").storage == path


def test_all_problems_are_told_at_once_sorted_by_their_paths() -> None:
    assert problems(users={"CI": {"push": ["$"]}}, port=0, domain="", listen=["x"], typo=1) == (
        "registry 'x': 6 problems\n"
        "  domain: is required\n"
        "  listen/0: is not an IP address: 'x'\n"
        "  port: must be between 1 and 65535, got 0\n"
        "  typo: unknown key\n"
        "  users/CI: is not a user name\n"
        "  users/CI/push/0: is not a repository pattern: '$'\n"
        "hint: the DNS name or address that clients will type\n"
        f"hint: {LISTEN_HINT}\n"
        "hint: known keys: anonymous_pull, audit, backup, bcrypt_cost, certificate, cpu_limit, deletion,"
        " domain, firewall, front, images, immutable_tags, listen, memory_limit, metrics, port, program,"
        " read_only, repositories, reserve, retention, runtime, scrub, status_page, storage, tag_rules,"
        " target, time_sync, upgrade, upkeep, users, version\n"
        f"hint: {NAME_HINT}\n"
        f"hint: {PATTERN_HINT}"
    )


def test_what_is_left_out_has_its_default() -> None:
    assert read_settings(GOOD, "x") == Settings(
        domain="registry.example.com", users=read_settings(GOOD, "x").users
    )
    assert read_settings(GOOD, "x").listen == LOOPBACK
    assert read_settings({**GOOD, "port": None, "listen": None}, "x") == read_settings(GOOD, "x")


@pytest.mark.parametrize(
    ("domain", "port", "host"),
    [
        ("A.Example", 443.0, "a.example"),
        ("a.example", 8443.0, "a.example:8443"),
        ("::1", 443, "[::1]"),
        ("0:0::1", 443, "[::1]"),
        ("::1", 5, "[::1]:5"),
    ],
)
def test_the_host_is_what_clients_type(domain: str, port: float, host: str) -> None:
    assert read_settings({**GOOD, "domain": domain, "port": port}, "x").host == host


def test_a_repository_grants_rights_by_name_and_an_admin_needs_none() -> None:
    users = {"a": {"pull": ["x"]}, "b": {}, "root": {"admin": True}}
    repositories = {"team/app": {"pull": ["a", "root"], "push": ["b"]}}
    read = {
        user.name: user.rights
        for user in read_settings({**GOOD, "users": users, "repositories": repositories}, "x").users
    }
    assert read["a"].reads == {"x", "team/app"}
    assert (read["b"].push, read["b"].pull) == ({"team/app"}, frozenset())
    assert read["root"].reads == frozenset()


def certificate(
    names: tuple[str, ...] = ("registry.example.com",),
    start: datetime = NOW - timedelta(days=1),
    days: int = 30,
) -> dict[str, str]:
    key, authority_key = x509.new_key(), x509.new_key()
    authority = x509.authority(x509.Subject("authority"), 3650, start, authority_key)
    leaf = x509.server(x509.Subject("server", names), days, start, key, x509.Issuer(authority, authority_key))
    return {"certificate": leaf.public_bytes(Encoding.PEM).decode(), "private_key": x509.key_pem(key)}


def test_a_certificate_that_fits_is_taken() -> None:
    for names in (("registry.example.com",), ("*.example.com",)):
        given = certificate(names)
        read = read_settings({**GOOD, "certificate": given}, "x", NOW).certificate
        assert read is not None
        assert read.certificate == given["certificate"]


def test_a_certificate_that_does_not_fit_is_refused_with_the_reason() -> None:
    path = "certificate/certificate"
    late = certificate(start=NOW - timedelta(days=40))
    assert problems(certificate=late) == told(f"{path}: expired on 2030-05-22 12:00 UTC")
    early = certificate(start=NOW + timedelta(days=1))
    expected = told(f"{path}: is not valid before 2030-06-02 11:00 UTC", "check the clock of this machine")
    assert problems(certificate=early) == expected
    for names in (("other.example.com",), ("*.com",), ("*.registry.example.com",), ("registry.example.co",)):
        expected = told(f"{path}: is not for registry.example.com", "its subjectAltName must hold the domain")
        assert problems(certificate=certificate(names)) == expected
    mixed = {**certificate(), "private_key": certificate()["private_key"]}
    assert problems(certificate=mixed) == told("certificate/private_key: does not belong to the certificate")


def test_what_is_no_certificate_is_refused_and_never_shown() -> None:
    text = problems(certificate={"certificate": "garbage-1", "private_key": "garbage-2"})
    assert text == (
        "registry 'x': 2 problems\n"
        "  certificate/certificate: is no PEM certificate\n"
        "  certificate/private_key: is no PEM private key without a passphrase\n"
        "hint: give the chain, the leaf first\n"
        "hint: give the unencrypted key in PEM form"
    )
    hint = "give both, or `acme`, or leave `certificate` out for one that is made and renewed for you"
    only = {"certificate": certificate()["certificate"]}
    assert problems(certificate=only) == told("certificate/private_key: is required", hint)
