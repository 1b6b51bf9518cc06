"""PullSecret as the engine sees it: what it registers, exactly, and what it refuses."""

import base64
import json

import pulumi
import pytest
from dockyard.kubernetes.pull_secret import PullSecret
from dockyard.run_error import ArgsError
from pulumi.runtime.rpc import is_rpc_secret

from tests.support.recorder import recording

LOGIN = {"host": "registry.acme.dev:8443", "username": "ci", "password": "word"}
ARGS = {**LOGIN, "namespaces": ["web", "api"]}


@pytest.fixture
def recorder():
    with recording() as recorder:
        yield recorder


def make(recorder, **changes):
    seen = []

    def program():
        made = PullSecret("pull", {**ARGS, **changes})
        return made.secret_name.apply(seen.append)

    found = recorder.run(program)
    found.secret_name = seen[0]
    return found


def refusal(recorder, **changes):
    with pytest.raises(ArgsError) as refused:
        make(recorder, **changes)
    return str(refused.value)


def login_of(inputs):
    assert is_rpc_secret(inputs["data"])
    return json.loads(base64.b64decode(inputs["data"]["value"][".dockerconfigjson"]))


def test_each_namespace_gets_the_secret_and_nothing_else_is_made(recorder):
    found = make(recorder)
    assert found.names() == {("PullSecret", "pull"), ("Secret", "pull-api"), ("Secret", "pull-web")}
    assert found.secret_name == "registry-pull"
    inputs = dict(found.of("Secret")["pull-web"])
    auth = base64.b64encode(b"ci:word").decode()
    expected = {"username": "ci", "password": "word", "auth": auth}
    assert login_of(inputs) == {"auths": {LOGIN["host"]: expected}}
    del inputs["data"]
    assert inputs == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "registry-pull", "namespace": "web"},
        "type": "kubernetes.io/dockerconfigjson",
    }


def test_the_password_is_a_secret_wherever_it_goes(recorder):
    component = make(recorder).one("PullSecret")
    assert is_rpc_secret(component.get("password", component))
    assert "word" not in str({key: value for key, value in component.items() if key != "password"}).replace(
        "password", ""
    )


def test_everything_is_a_child_and_takes_the_provider_of_the_component(recorder):
    import pulumi_kubernetes

    def program():
        cluster = pulumi_kubernetes.Provider("cluster", kubeconfig="{}")
        PullSecret(
            "pull", {**ARGS, "service_accounts": ["default"]}, pulumi.ResourceOptions(providers=[cluster])
        )

    found = recorder.run(program)
    children = [item for item in found.registered if item.typ.startswith("kubernetes:")]
    assert len(children) == 4
    assert [item.name for item in children if "::cluster::" not in item.provider] == []
    below = "dockyard:index:PullSecret$kubernetes:core/v1:"
    assert len([urn for urn in found.urns if below in urn]) == 4


def test_the_order_of_namespaces_changes_nothing_and_one_named_twice_is_one(recorder):
    one = make(recorder).of("Secret")
    assert make(recorder, namespaces=["api", "web", "api"]).of("Secret") == one


def test_service_accounts_are_changed_on_request_only_and_by_a_patch(recorder):
    found = make(recorder, service_accounts=["default"], namespaces=["web"], name="pull")
    assert found.one("ServiceAccountPatch") == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": "web"},
        "imagePullSecrets": [{"name": "pull"}],
    }
    assert list(found.of("ServiceAccountPatch")) == ["pull-web/default"]


def test_labels_go_onto_the_secrets(recorder):
    labels = {"app.kubernetes.io/part-of": "shop", "team": ""}
    assert make(recorder, labels=labels).of("Secret")["pull-api"]["metadata"]["labels"] == labels


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"host": "https://registry.acme.dev"},
            "host: is not a registry's host: 'https://registry.acme.dev'",
        ),
        ({"host": ""}, "host: is required"),
        ({"username": "a:b"}, "username: must not have a colon: 'a:b'"),
        ({"username": 7}, "username: must be text"),
        ({"password": ""}, "password: is required"),
        ({"namespaces": []}, "namespaces: must name at least one"),
        ({"namespaces": "web"}, "namespaces: must be a list of names, got 'web'"),
        ({"namespaces": ["Web"]}, "namespaces/0: is not a namespace: 'Web'"),
        ({"namespaces": ["a.b"]}, "namespaces/0: is not a namespace: 'a.b'"),
        ({"name": "Pull"}, "name: is not a name in Kubernetes: 'Pull'"),
        ({"service_accounts": ["a/b"]}, "service_accounts/0: is not a service account's name: 'a/b'"),
        ({"labels": {"a b": "x"}}, "labels/a b: cannot be a label's key"),
        ({"labels": {"team": "a b"}}, "labels/team: cannot be a label's value: 'a b'"),
        ({"namespace": "web"}, "namespace: unknown key"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_its_path(recorder, changes, problem):
    text = refusal(recorder, **changes)
    assert text.splitlines()[:2] == ["PullSecret 'pull': 1 problem", f"  {problem}"]
    assert "word" not in text.replace("password", "")


def test_a_namespace_that_is_not_known_yet_is_refused_with_what_to_write(recorder):
    def program():
        PullSecret("pull", {**ARGS, "namespaces": [pulumi.Output.from_input("web")]})

    with pytest.raises(ArgsError) as refused:
        recorder.run(program)
    assert "namespaces/0: is known only during the deployment" in str(refused.value)
    assert "depends_on" in str(refused.value)


@pytest.mark.parametrize(
    ("host", "username"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS"),
        ("public.ecr.aws", "AWS"),
        ("europe-west1-docker.pkg.dev", "oauth2accesstoken"),
        ("gcr.io", "oauth2accesstoken"),
        ("acme.azurecr.io", "00000000-0000-0000-0000-000000000000"),
    ],
)
def test_a_token_that_lives_for_hours_is_refused_and_the_hint_says_what_renews_it(recorder, host, username):
    text = refusal(recorder, host=host, username=username)
    assert "  password: would be dead soon: " in text
    assert "hint: PullAccess renews such a login" in text


@pytest.mark.parametrize("key", ["host", "username"])
def test_a_token_that_lives_for_hours_is_refused_when_it_becomes_known_during_the_deployment(recorder, key):
    """Such outputs are what the registries of clouds give: nothing is written then."""
    login = {"host": "1.dkr.ecr.eu-west-1.amazonaws.com", "username": "AWS", "password": "word"}
    login["host" if key == "username" else "username"] = "registry.acme.dev" if key == "username" else "ci"

    def program():
        PullSecret(
            "pull", {**ARGS, **{name: pulumi.Output.from_input(value) for name, value in login.items()}}
        )

    with pytest.raises(ArgsError) as refused:
        recorder.run(program)
    assert "  password: would be dead soon: passwords of Amazon ECR live 12 hours" in str(refused.value)
    assert [item.typ for item in recorder.registered if item.typ.endswith(":Secret")] == []


def test_all_problems_are_named_at_once(recorder):
    text = refusal(recorder, host="a b", namespaces=[], name="X")
    assert text.startswith("PullSecret 'pull': 3 problems\n")
