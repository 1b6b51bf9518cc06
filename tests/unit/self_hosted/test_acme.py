"""The setting `certificate: {acme: ...}`."""

from typing import Any

import pytest
from dockyard.errors import DockyardError, ProblemsError
from dockyard.self_hosted.acme import LETS_ENCRYPT, Acme
from dockyard.self_hosted.bundle import Bundle
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import Settings, read_settings

BASE = {
    "domain": "registry.example.com",
    "listen": ["0.0.0.0", "::"],
    "users": {"ci": {"push": ["**"]}},
}
ROOT = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python="/venv/python")
OWN = "https://ca.internal/acme/directory"
DNS = {"challenge": "dns-01", "auth_hook": "/usr/local/bin/hook"}


def read(acme: object, **more: Any) -> Settings:
    return read_settings({**BASE, "certificate": {"acme": acme}, **more}, "test")


def rendered(acme: dict[str, Any], facts: HostFacts = ROOT, **more: Any) -> Bundle:
    return render(Plan(read(acme, **more), facts, "main"))


def test_nothing_more_asks_lets_encrypt_over_http() -> None:
    assert read({}).certificate == Acme(LETS_ENCRYPT, challenge="http-01", http_port=80)


@pytest.mark.parametrize(
    ("acme", "more", "said"),
    [
        ({}, {"domain": "192.0.2.1"}, "certificate/acme: cannot certify 192.0.2.1"),
        ({}, {"domain": "2001:db8::1"}, "certificate/acme: cannot certify 2001:db8::1"),
        ({}, {"domain": "localhost"}, "certificate/acme: cannot certify localhost"),
        ({"server": OWN}, {"domain": "a.localhost"}, "certificate/acme: cannot certify a.localhost"),
        ({}, {"domain": "registry"}, "no public authority certifies registry"),
        ({}, {"domain": "registry.corp.internal"}, "no public authority certifies registry.corp.internal"),
        ({}, {"listen": ["127.0.0.1", "::1"]}, "certificate/acme/challenge: http-01 is answered on loopback"),
        ({}, {"port": 80}, "certificate/acme/http_port: 80 is the port of the registry"),
        ({"server": "http://ca.internal"}, {}, "certificate/acme/server: is no https address"),
        ({"email": "nobody"}, {}, "certificate/acme/email: is no address"),
        ({"challenge": "tls-alpn-01"}, {}, "certificate/acme/challenge: must be one of http-01, dns-01"),
        ({"challenge": "dns-01"}, {}, "certificate/acme/auth_hook: is required for dns-01"),
        ({**DNS, "http_port": 80}, {}, "certificate/acme/http_port: is for http-01"),
        ({"auth_hook": "/bin/a"}, {}, "certificate/acme/auth_hook: is for dns-01"),
        ({**DNS, "auth_hook": "hook"}, {}, "certificate/acme/auth_hook: is no absolute path"),
        ({**DNS, "auth_hook": "/bin/a b; c"}, {}, "certificate/acme/auth_hook: is no absolute path"),
        ({**DNS, "environment": {"LD_PRELOAD": "x"}}, {}, "environment/LD_PRELOAD: is not to be set"),
        ({**DNS, "environment": {"A": "x\ny"}}, {}, "environment/A: must be one line"),
        ({"binding": {"key_id": "a"}}, {}, "certificate/acme/binding/hmac_key: is required"),
        ({"trusted_ca": "PEM"}, {}, "certificate/acme/trusted_ca: is no PEM certificate"),
        ({"emial": "a@example.com"}, {}, "certificate/acme/emial: unknown key"),
        (True, {}, "certificate/acme: must be an object"),
    ],
)
def test_what_cannot_work_is_refused(acme: object, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemsError) as refused:
        read(acme, **more)
    assert said in str(refused.value)


def test_it_is_the_pair_or_acme() -> None:
    with pytest.raises(ProblemsError) as refused:
        read_settings(
            {**BASE, "certificate": {"certificate": "PEM", "private_key": "KEY", "acme": {}}}, "test"
        )
    assert "certificate/certificate: is given beside acme" in str(refused.value)
    assert "certificate/private_key: is given beside acme" in str(refused.value)
    assert "KEY" not in str(refused.value)


@pytest.mark.parametrize("acme", [{"server": OWN}, {"http_port": 8080}, DNS])
def test_loopback_is_enough_where_somebody_can_ask_there(acme: dict[str, Any]) -> None:
    assert read(acme, listen=["127.0.0.1"]).certificate


def test_a_host_of_root_gets_certbot_without_its_own_timer() -> None:
    bundle = rendered({})
    assert "certbot" in bundle.packages
    assert "certbot.timer" in bundle.package_services
    assert "0.0.0.0:80" in bundle.requires.ports
    plain = render(Plan(read_settings(BASE, "test"), ROOT, "main"))
    assert "certbot" not in plain.packages
    assert [path for path in plain.files if "certbot" in path] == []


def test_hooks_are_looked_for_before_anything_changes_and_where_units_see_them() -> None:
    assert rendered(DNS).requires.programs == ("/usr/local/bin/hook",)
    with pytest.raises(DockyardError, match="units of systemd have no access to /root/hook"):
        rendered({**DNS, "auth_hook": "/root/hook"})


def test_the_first_pair_is_the_bundle_s_and_the_served_one_is_not() -> None:
    """So a renewal is no drift, and an `up` never goes back to the first one."""
    bundle = rendered({})
    text = bundle.files["/etc/dockyard/main/front/nginx.conf"].content
    assert 'include "/var/lib/dockyard/main/acme/served[.]conf";' in text
    assert [path for path in bundle.files if "/acme/" in path] == []
    assert not bundle.directories["/var/lib/dockyard/main/acme"].keep
    assert "timer" in next(it.name for it in bundle.services if "certificate" in it.name)


def test_a_folder_with_signs_of_a_pattern_is_named_as_it_is() -> None:
    facts = HostFacts(
        root=False, systemd=False, memory_dir="/dev/shm", state_dir="/a[b]*", python="/venv/python"
    )
    text = rendered(DNS, facts).files["/a[b]*/main/etc/front/nginx.conf"].content
    assert 'include "/a[[]b][*]/main/data/acme/served[.]conf";' in text


def test_secrets_are_in_files_of_their_own_alone() -> None:
    plan = Plan(read({**DNS, "environment": {"TOKEN": "secret-word"}}), ROOT, "main")
    material = Material({}, "PEM", "KEY", "s", acme_environment={"TOKEN": "secret-word"})
    bundle, contents = render(plan), secret_contents(plan, material)
    assert "secret-word" not in str(bundle)
    assert [path for path, text in contents.items() if "secret-word" in text] == [
        "/etc/dockyard/main/ops/certbot.environment"
    ]
    assert {path for path, file in bundle.files.items() if file.secret} == set(contents)
    assert bundle.files["/etc/dockyard/main/ops/certbot.environment"].mode == 0o600


def test_a_front_in_a_container_may_read_the_pairs_and_listen_on_port_80() -> None:
    bundle = rendered({}, runtime="compose", port=8443)
    pairs = bundle.directories["/var/lib/dockyard/main/acme/pairs"]
    assert (pairs.mode, pairs.owner, pairs.group) == (0o750, "root", "dockyard-front")
    text = bundle.files["/etc/dockyard/main/compose.yaml"].content
    assert "NET_BIND_SERVICE" in text
    assert 'source: "/var/lib/dockyard/main/acme"' in text
    assert "NET_BIND_SERVICE" not in composed_by_dns()


def composed_by_dns() -> str:
    bundle = rendered(DNS, runtime="compose", port=8443)
    return bundle.files["/etc/dockyard/main/compose.yaml"].content
