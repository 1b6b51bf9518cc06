"""PullAccess as the engine sees it: what it registers, exactly, and what it gives."""

import base64
import json

import pulumi
import pytest
import yaml
from dockyard.kubernetes.pull_access import PullAccess
from dockyard.run_error import ArgsError
from pulumi.runtime.rpc import is_rpc_secret

from tests.support.recorder import recording
from tests.unit.kubernetes.cases import ACCESS, ACR, ECR, changed

OUTPUTS = ("secret_name", "role", "subjects", "kubelet_config")
REFRESHER = "registry-pull-refresher"


@pytest.fixture
def recorder():
    with recording() as recorder:
        yield recorder


def make(recorder, args):
    seen = {}

    def program():
        made = PullAccess("pull", args)
        outputs = pulumi.Output.all(**{name: getattr(made, name) for name in OUTPUTS})
        return outputs.apply(seen.update)

    found = recorder.run(program)
    found.outputs = seen
    return found


def children(found):
    return {name for name in found.names() if name[0] != "PullAccess"}


def test_nodes_need_nothing_in_the_cluster(recorder):
    found = make(recorder, ACCESS["nodes"])
    assert children(found) == set()
    outputs = dict(found.outputs)
    assert "ecr-credential-provider" in outputs.pop("kubelet_config")
    assert outputs == {"secret_name": "", "role": "AmazonEC2ContainerRegistryPullOnly", "subjects": []}


@pytest.mark.parametrize(
    ("registry", "mode", "role"),
    [
        ("acr", None, "AcrPull"),
        ("acr", "abac", "Container Registry Repository Reader"),
        ("gar", None, "roles/artifactregistry.reader"),
    ],
)
def test_the_role_that_may_pull_is_told(recorder, registry, mode, role):
    args = {"registry": registry} if mode is None else {"registry": registry, "role_assignment_mode": mode}
    assert make(recorder, {"node_identity": args}).outputs["role"] == role


def test_workload_identity_annotates_accounts_that_exist(recorder):
    found = make(recorder, ACCESS["eks"])
    assert children(found) == {
        ("ClusterRole", "pull-role"),
        ("ClusterRoleBinding", "pull-binding"),
        ("ServiceAccountPatch", "pull-api/shop"),
        ("ServiceAccountPatch", "pull-web/shop"),
    }
    assert found.one("ClusterRole")["metadata"] == {"name": "pull-audience"}
    assert found.outputs["subjects"] == ["system:serviceaccount:api:shop", "system:serviceaccount:web:shop"]
    assert found.outputs["secret_name"] == ""
    (provider,) = yaml.safe_load(found.outputs["kubelet_config"])["providers"]
    assert provider["tokenAttributes"]["serviceAccountTokenAudience"] == "sts.amazonaws.com"


def test_workload_identity_makes_accounts_on_request(recorder):
    found = make(recorder, ACCESS["gke"])
    assert children(found) == {("ServiceAccount", "pull-api/shop"), ("ServiceAccount", "pull-web/shop")}
    assert found.outputs["kubelet_config"] == ""


def test_the_refresher_has_a_secret_to_change_and_an_account_to_change_it_with(recorder):
    found = make(recorder, ACCESS["job-acr"])
    each = {
        (kind, f"pull-{namespace}")
        for kind in ("Secret", "Role", "RoleBinding")
        for namespace in ("api", "web")
    }
    assert children(found) == {
        *each,
        ("ServiceAccount", "pull-account"),
        ("ConfigMap", "pull-script"),
        ("CronJob", "pull"),
        ("Job", "pull-first"),
        ("ServiceAccountPatch", "pull-api/shop"),
        ("ServiceAccountPatch", "pull-web/shop"),
    }
    secret = found.of("Secret")["pull-web"]
    assert json.loads(base64.b64decode(secret["data"]["value"][".dockerconfigjson"])) == {"auths": {}}
    assert found.one("CronJob")["metadata"] == {"name": REFRESHER, "namespace": "api"}
    assert found.one("CronJob")["spec"]["schedule"] == "7 * * * *"
    assert found.outputs["subjects"] == [f"system:serviceaccount:api:{REFRESHER}"]
    assert found.outputs["secret_name"] == "registry-pull"


def test_a_deployment_leaves_the_token_that_the_refresher_wrote(recorder):
    ignored = {}
    original = pulumi.runtime.mocks.MockMonitor.RegisterResource

    def look(monitor, request):
        ignored[(request.type.rpartition(":")[2], request.name)] = list(request.ignoreChanges)
        return original(monitor, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.runtime.mocks.MockMonitor, "RegisterResource", look)
        make(recorder, ACCESS["job-ecr"])
    assert {name for name, keys in ignored.items() if keys} == {
        ("Secret", "pull-api"),
        ("Secret", "pull-web"),
    }
    assert ignored[("Secret", "pull-api")] == ["data"]


def test_the_first_run_can_be_left_to_the_schedule(recorder):
    assert make(recorder, changed("job-ecr", first_run=False)).of("Job") == {}


def test_the_refresher_runs_where_it_is_told_to(recorder):
    found = make(recorder, changed("job-ecr", namespace="registry"))
    assert {
        found.one(kind)["metadata"]["namespace"] for kind in ("CronJob", "ConfigMap", "ServiceAccount")
    } == {"registry"}
    assert found.of("RoleBinding")["pull-web"]["subjects"][0]["namespace"] == "registry"


def test_the_operator_gets_a_generator_and_a_secret_in_each_namespace(recorder):
    found = make(recorder, ACCESS["eso-gke"])
    assert children(found) == {
        (kind, f"pull-{namespace}")
        for kind in ("GCRAccessToken", "ExternalSecret")
        for namespace in ("api", "web")
    } | {("ServiceAccountPatch", "pull-api/shop"), ("ServiceAccountPatch", "pull-web/shop")}
    template = found.of("ExternalSecret")["pull-web"]["spec"]["target"]["template"]["data"]
    assert template[".dockerconfigjson"].startswith('{"auths":{"europe-west1-docker.pkg.dev":{')


def test_a_static_password_is_a_pull_secret_and_a_secret_everywhere(recorder):
    found = make(recorder, ACCESS["static"])
    assert children(found) == {
        ("PullSecret", "pull-secret"),
        ("Secret", "pull-secret-api"),
        ("Secret", "pull-secret-web"),
        ("ServiceAccountPatch", "pull-secret-api/shop"),
        ("ServiceAccountPatch", "pull-secret-web/shop"),
    }
    assert is_rpc_secret(found.of("Secret")["pull-secret-api"]["data"])
    component = found.one("PullAccess")["static"]
    assert is_rpc_secret(component) or is_rpc_secret(component["password"])


@pytest.mark.parametrize("case", [case for case in ACCESS if case != "nodes"])
def test_labels_go_onto_everything_and_everything_is_a_child_with_its_provider(recorder, case):
    import pulumi_kubernetes

    def program():
        cluster = pulumi_kubernetes.Provider("cluster", kubeconfig="{}")
        options = pulumi.ResourceOptions(providers=[cluster])
        PullAccess("pull", {**ACCESS[case], "labels": {"team": "platform"}}, options)

    found = recorder.run(program)
    made = [item for item in found.registered if item.typ.startswith(("kubernetes:",))]
    assert made
    assert [item.name for item in made if "::cluster::" not in item.provider] == []
    # A patch changes what somebody else made, whose labels are theirs.
    bare = [item.name for item in made if item.inputs["metadata"].get("labels") != {"team": "platform"}]
    assert [name for name in bare if "/" not in name] == []
    urns = [urn for urn in found.urns if "$kubernetes:" in urn]
    assert [urn for urn in urns if "::dockyard:index:Pull" not in urn] == []
    assert len(urns) == len(made)


@pytest.mark.parametrize("case", [case for case in ACCESS if case != "nodes"])
def test_the_order_of_namespaces_changes_nothing(recorder, case):
    def look(args):
        return {(item.typ, item.name): item.inputs for item in make(recorder, args).registered if item.custom}

    assert look(changed(case, namespaces=["api", "web"])) == look(changed(case, namespaces=["web", "api"]))


@pytest.mark.parametrize("case", ["job-ecr", "eso-ecr"])
def test_the_region_is_that_of_a_host_known_during_the_deployment(recorder, case):
    found = make(recorder, changed(case, host=pulumi.Output.from_input(ECR)))
    if case == "eso-ecr":
        regions = {item["spec"]["region"] for item in found.of("ECRAuthorizationToken").values()}
    else:
        container = found.one("Job")["spec"]["template"]["spec"]["containers"][0]
        regions = {entry["value"] for entry in container["env"] if entry["name"] == "AWS_REGION"}
    assert regions == {"eu-west-1"}


@pytest.mark.parametrize(
    ("case", "changes", "problem"),
    [
        ("job-ecr", {"host": "registry.acme.dev"}, "region: is required: 'registry.acme.dev' names none"),
        ("job-acr", {"host": "https://acme.azurecr.io"}, "host: is not a registry's host"),
        ("eso-gke", {"host": "a/b"}, "host: is not a registry's host: 'a/b'"),
        ("static", {"host": ACR}, "static/expires: is required for a registry of Azure"),
        ("static", {"host": ACR, "expires": "2020-01-01T00:00:00Z"}, "static/expires: has passed"),
        ("static", {"host": ECR, "username": "AWS"}, "password: would be dead soon"),
    ],
)
def test_what_becomes_known_during_the_deployment_is_checked_then(recorder, case, changes, problem):
    later = {key: pulumi.Output.from_input(value) for key, value in changes.items()}
    with pytest.raises(ArgsError) as refused:
        make(recorder, changed(case, **later))
    assert problem in str(refused.value)
    written = [item for item in recorder.registered if item.typ.endswith((":CronJob", ":ExternalSecret"))]
    assert written == []
