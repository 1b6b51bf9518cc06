"""The text that Kubernetes signs in with."""

import base64
import json

import pytest
from dockyard.checks import short_lived_login
from dockyard.kubernetes.docker_config import EMPTY, docker_config, encoded, host_problem
from hypothesis import given
from hypothesis import strategies as st


def test_a_login_is_written_as_docker_writes_it():
    found = json.loads(docker_config("registry.acme.dev:8443", "ci", "pa:ss"))
    auth = base64.b64encode(b"ci:pa:ss").decode()
    expected = {"username": "ci", "password": "pa:ss", "auth": auth}
    assert found == {"auths": {"registry.acme.dev:8443": expected}}


@given(st.text(min_size=1), st.text(min_size=1).filter(lambda text: ":" not in text))
def test_every_user_and_password_comes_back_from_it(password, username):
    login = json.loads(docker_config("r.example", username, password))["auths"]["r.example"]
    assert base64.b64decode(login["auth"]).decode() == f"{username}:{password}"
    assert (login["username"], login["password"]) == (username, password)


def test_the_host_is_lower_case_as_clients_look_it_up():
    assert list(json.loads(docker_config("Registry.Acme.DEV", "a", "b"))["auths"]) == ["registry.acme.dev"]


@pytest.mark.parametrize(
    "host",
    ["localhost:8443", "10.0.0.1", "[::1]:5000", "1.dkr.ecr.eu-west-1.amazonaws.com", "a-docker.pkg.dev"],
)
def test_hosts_of_registries_are_accepted(host):
    assert host_problem(host) == ""


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://r.example",
        "r.example/team",
        "r.example:0",
        "r.example:65536",
        "r..example",
        "a b",
        "[1]",
        "-r",
        "r\n",
    ],
)
def test_what_is_no_host_is_refused(host):
    assert host_problem(host) == f"is not a registry's host: {host!r}"
    with pytest.raises(ValueError, match="host is not a registry's host"):
        docker_config(host, "ci", "secret-word")


@pytest.mark.parametrize(("username", "password"), [("", "word"), ("a:b", "word"), ("ci", "")])
def test_a_login_that_could_not_be_one_is_refused_without_its_password(username, password):
    with pytest.raises(ValueError, match=r"username|password") as refused:
        docker_config("r.example", username, password)
    assert "word" not in str(refused.value).replace("password", "")


def test_a_secret_without_a_login_holds_valid_json():
    assert json.loads(base64.b64decode(encoded(EMPTY))) == {"auths": {}}


@pytest.mark.parametrize(
    ("host", "username", "says"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", "12 hours"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "x", "12 hours"),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com:443", "x", "12 hours"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "x", "12 hours"),
        ("public.ecr.aws", "x", "12 hours"),
        ("proxy.acme.dev", "AWS", "12 hours"),
        ("europe-west1-docker.pkg.dev", "oauth2accesstoken", "an hour"),
        ("gcr.io", "oauth2accesstoken", "an hour"),
        ("eu.gcr.io", "_token", "an hour"),
        ("acme.azurecr.io", "00000000-0000-0000-0000-000000000000", "3 hours"),
        ("acme.azurecr.io", "puller", ""),
        ("europe-west1-docker.pkg.dev", "_json_key", ""),
        ("registry.acme.dev", "ci", ""),
        ("dkr.ecr.example.com", "ci", ""),
        ("aws.acme.dev", "aws", ""),
    ],
)
def test_a_login_that_is_dead_within_hours_is_known_by_host_and_user(host, username, says):
    found = short_lived_login(host, username)
    assert (says in found) if says else found == ""
