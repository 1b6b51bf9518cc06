"""The login that Docker has for a registry."""

import base64
import json

import pytest
from dockyard.doctor import docker_login
from dockyard.errors import DockyardError

HELPER = """#!/bin/sh
read host
[ "$1" = get ] && [ "$host" = helped.example.com ] || { echo credentials not found; exit 1; }
echo '{"ServerURL": "helped.example.com", "Username": "ci", "Secret": "of the helper"}'
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Writes config.json, with a helper on PATH."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    helper = tmp_path / "docker-credential-test"
    helper.write_text(HELPER)
    helper.chmod(0o755)
    return lambda value: (tmp_path / "config.json").write_text(
        value if isinstance(value, str) else json.dumps(value)
    )


def auth(text):
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    "key", ["a.example.com:5000", "https://a.example.com:5000", "https://a.example.com:5000/v2/"]
)
def test_a_login_that_stands_in_the_file(config, key):
    config({"auths": {key: auth("ci:a:b")}})
    assert docker_login.find("a.example.com:5000") == ("ci", "a:b")


@pytest.mark.parametrize("entry", [{"credHelpers": {"helped.example.com": "test"}}, {"credsStore": "test"}])
def test_a_login_that_a_helper_has(config, entry):
    config({"auths": {"helped.example.com": {}}, **entry})
    assert docker_login.find("helped.example.com") == ("ci", "of the helper")


def test_docker_hub_has_a_name_of_its_own(config):
    config({"auths": {docker_login.HUB_KEY: auth("me:word")}})
    assert docker_login.find("registry-1.docker.io") == ("me", "word")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "no login for a.example.com"),
        ("{", "is no JSON"),
        ({"credsStore": "test"}, "no login for a.example.com"),
        ({"credsStore": "absent"}, "docker-credential-absent gives no login"),
        ({"credsStore": "../x"}, "credential helper"),
        ({"auths": {"a.example.com": auth("<token>:x")}}, "identity token"),
        ({"auths": {"a.example.com": {"auth": "%%%"}}}, "no login for a.example.com"),
    ],
)
def test_a_login_that_is_not_there_is_told_with_what_to_type(config, value, told):
    config(value)
    with pytest.raises(DockyardError, match=told) as refused:
        docker_login.find("a.example.com")
    assert refused.value.hint


def test_no_config_at_all(config):
    with pytest.raises(DockyardError, match="Docker has no logins"):
        docker_login.find("a.example.com")
