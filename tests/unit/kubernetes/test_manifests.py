"""What is built for Kubernetes, held to its own schemas, and what a CronJob that holds tokens must not be able to do."""

from dataclasses import replace

import kubernetes_validate
import pytest
import yaml
from dockyard.kubernetes import external_secrets as operator
from dockyard.kubernetes import refresher_manifests as job
from dockyard.kubernetes import workload_identity as workload
from dockyard.kubernetes.access import read_access
from dockyard.kubernetes.docker_config import docker_config, encoded
from dockyard.kubernetes.external_secrets import ExternalSecrets
from dockyard.kubernetes.kubelet import kubelet_config
from dockyard.kubernetes.refresher import Refresher
from dockyard.kubernetes.secret import account_with_secret, empty_pull_secret, pull_secret
from dockyard.kubernetes.workload_identity import WorkloadIdentity

from tests.unit.kubernetes.cases import ACCESS, CLIENT, IMAGE, POOL, ROLE, TENANT

VERSIONS = ("1.34", "1.37")
LABELS = {"team": "platform"}


def settings(case):
    return read_access({**ACCESS[case], "labels": LABELS}, "test", "pull")


def manifests(case):
    """Everything of Kubernetes itself that this way makes."""
    found = settings(case)
    if isinstance(found, Refresher):
        made = [*job.shared(found).values(), job.cron_job(found), job.first_job(found)]
        for namespace in found.target.namespaces:
            made += [*job.access(found, namespace).values()]
            made.append(empty_pull_secret(found.target.secret, namespace, LABELS))
        return made
    if isinstance(found, WorkloadIdentity):
        accounts = [workload.annotated_account(found, "shop", namespace) for namespace in found.namespaces]
        return [*workload.cluster_access(found, "pull").values(), *accounts]
    return []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", [case for case in ACCESS if manifests(case)])
def test_every_manifest_is_what_the_schemas_of_kubernetes_say(case, version):
    for manifest in manifests(case):
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_pull_secrets_are_what_the_schemas_of_kubernetes_say(version):
    data = encoded(docker_config("r.example", "ci", "word"))
    for manifest in (pull_secret("pull", "web", data, LABELS), account_with_secret("default", "web", "pull")):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_refuse_what_is_wrong():
    """The tests above could fail."""
    manifest = job.cron_job(settings("job-ecr"))
    manifest["spec"]["concurrency"] = "Forbid"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


JOBS = [case for case in ACCESS if case.startswith("job-")]


@pytest.mark.parametrize("case", JOBS)
def test_the_cron_job_may_change_its_own_secrets_and_nothing_else(case):
    found = settings(case)
    for namespace in found.target.namespaces:
        role, binding = job.access(found, namespace).values()
        assert role["rules"] == [
            {
                "apiGroups": [""],
                "resources": ["secrets"],
                "resourceNames": ["registry-pull"],
                "verbs": ["patch"],
            }
        ]
        assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == namespace
        assert binding["subjects"] == [
            {"kind": "ServiceAccount", "name": "registry-pull-refresher", "namespace": "api"}
        ]


@pytest.mark.parametrize("case", JOBS)
def test_its_pod_is_confined(case):
    for spec in (
        job.cron_job(settings(case))["spec"]["jobTemplate"]["spec"],
        job.first_job(settings(case))["spec"],
    ):
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["image"] == IMAGE
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert container["command"] == ["/bin/sh", "/opt/dockyard/refresh.sh"]
        assert all(mount.get("readOnly") for mount in container["volumeMounts"] if mount["name"] != "work")


@pytest.mark.parametrize("case", JOBS)
def test_one_run_at_a_time_and_each_ends_before_it_would_keep_the_next_back_too_long(case):
    spec = job.cron_job(settings(case))["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 300
    assert settings("job-gar").deadline_seconds < 180


@pytest.mark.parametrize(
    ("case", "audience"),
    [
        ("job-ecr", "sts.amazonaws.com"),
        ("job-acr", "api://AzureADTokenExchange"),
        ("job-gar", None),
        ("job-gar-pool", POOL),
    ],
)
def test_its_tokens_are_for_one_purpose_each_and_short(case, audience):
    pod = job.first_job(settings(case))["spec"]["template"]["spec"]
    (projected,) = [volume["projected"] for volume in pod["volumes"] if "projected" in volume]
    tokens = [
        source["serviceAccountToken"] for source in projected["sources"] if "serviceAccountToken" in source
    ]
    expected = [{"path": "api-token", "expirationSeconds": 600}]
    if audience:
        expected.append({"path": "identity-token", "audience": audience, "expirationSeconds": 3600})
    assert tokens == expected


def test_without_a_role_the_cron_job_has_what_pod_identity_gives_it():
    found = job.environment(replace(settings("job-ecr"), role_arn=None, token_audience=None))
    assert [name for name in found if name.startswith("AWS_")] == ["AWS_REGION"]
    assert job.environment(settings("job-ecr"))["AWS_ROLE_ARN"] == ROLE


def test_nodes_may_ask_for_tokens_of_the_audience_that_the_kubelet_is_told():
    (rule,) = workload.cluster_access(settings("eks"), "pull")["role"]["rules"]
    assert rule == {
        "apiGroups": [""],
        "resources": ["sts.amazonaws.com"],
        "verbs": ["request-serviceaccounts-token-audience"],
    }
    (rule,) = workload.cluster_access(settings("own-acr"), "pull")["role"]["rules"]
    assert (rule["resources"], rule["resourceNames"]) == (["api://AzureADTokenExchange"], ["shop"])


def test_on_aks_the_accounts_may_use_the_identity():
    made = workload.cluster_access(settings("aks"), "pull")
    assert made["role"]["rules"] == [
        {"apiGroups": ["cid.wi.aks.azure.com"], "resources": [CLIENT], "verbs": ["use-managed-identity"]}
    ]
    assert made["binding"]["subjects"] == [
        {"kind": "ServiceAccount", "name": "shop", "namespace": namespace} for namespace in ("api", "web")
    ]


@pytest.mark.parametrize(
    ("case", "annotations"),
    [
        ("eks", {"eks.amazonaws.com/ecr-role-arn": ROLE}),
        ("aks", {"kubernetes.azure.com/acr-client-id": CLIENT}),
        (
            "own-acr",
            {"kubernetes.azure.com/acr-client-id": CLIENT, "kubernetes.azure.com/acr-tenant-id": TENANT},
        ),
        ("gke", {"iam.gke.io/enable-wi-image-pull": "true"}),
    ],
)
def test_accounts_carry_what_each_credential_provider_reads(case, annotations):
    account = workload.annotated_account(settings(case), "shop", "web")
    assert account["metadata"]["annotations"] == annotations
    # A patch owns what it names: labels of an account that others made are theirs.
    assert ("labels" in account["metadata"]) is (case == "gke")


def test_the_kubelet_passes_tokens_of_service_accounts_on_where_pods_pull_by_their_own():
    (provider,) = yaml.safe_load(kubelet_config("ecr", by_account=True))["providers"]
    assert provider["name"] == "ecr-credential-provider"
    assert provider["tokenAttributes"] == {
        "serviceAccountTokenAudience": "sts.amazonaws.com",
        "cacheType": "ServiceAccount",
        "requireServiceAccount": False,
        "optionalServiceAccountAnnotationKeys": ["eks.amazonaws.com/ecr-role-arn"],
    }
    for kind in ("ecr", "acr", "gar"):
        config = yaml.safe_load(kubelet_config(kind, by_account=False))
        assert (config["apiVersion"], config["kind"]) == (
            "kubelet.config.k8s.io/v1",
            "CredentialProviderConfig",
        )
        assert "tokenAttributes" not in config["providers"][0]


GENERATORS = {
    "eso-ecr": ("ECRAuthorizationToken", {"region": "eu-west-1"}),
    "eso-acr": (
        "ACRAccessToken",
        {
            "tenantId": TENANT,
            "registry": "acme.azurecr.io",
            "auth": {"workloadIdentity": {"serviceAccountRef": {"name": "puller"}}},
        },
    ),
    "eso-gke": (
        "GCRAccessToken",
        {
            "projectID": "my-project-1",
            "auth": {
                "workloadIdentity": {
                    "serviceAccountRef": {"name": "puller"},
                    "clusterName": "main",
                    "clusterLocation": "europe-west1",
                }
            },
        },
    ),
    "eso-gar": (
        "GCRAccessToken",
        {
            "projectID": "my-project-1",
            "auth": {
                "workloadIdentityFederation": {
                    "serviceAccountRef": {"name": "puller", "audiences": [POOL]},
                    "audience": POOL,
                }
            },
        },
    ),
}


@pytest.mark.parametrize("case", GENERATORS)
def test_the_operator_is_told_where_a_token_comes_from(case):
    """To the letter: its schemas are not at hand in tests."""
    found = settings(case)
    assert isinstance(found, ExternalSecrets)
    kind, spec = GENERATORS[case]
    assert operator.generator(found, "web") == {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "registry-pull", "namespace": "web", "labels": LABELS},
        "spec": spec,
    }
    made = operator.external_secret(found, "web", "TEMPLATE")
    assert (made["apiVersion"], made["kind"]) == ("external-secrets.io/v1", "ExternalSecret")
    assert made["spec"] == {
        "refreshInterval": {"eso-ecr": "4h", "eso-acr": "1h"}.get(case, "15m"),
        "target": {
            "name": "registry-pull",
            "creationPolicy": "Owner",
            "template": {
                "type": "kubernetes.io/dockerconfigjson",
                "engineVersion": "v2",
                "data": {".dockerconfigjson": "TEMPLATE"},
            },
        },
        "dataFrom": [
            {
                "sourceRef": {
                    "generatorRef": {
                        "apiVersion": "generators.external-secrets.io/v1alpha1",
                        "kind": kind,
                        "name": "registry-pull",
                    }
                }
            }
        ],
    }


def test_the_operator_s_template_makes_a_login():
    """With the values where its functions would put them."""
    text = operator.config_template("r.example:5000")
    for expression, value in (
        ("{{ .username | toJson }}", '"AWS"'),
        ("{{ .password | toJson }}", '"word"'),
        ('{{ printf "%s:%s" .username .password | b64enc | toJson }}', '"QVdTOndvcmQ="'),
    ):
        assert text.count(expression) == 1
        text = text.replace(expression, value)
    assert text == docker_config("r.example:5000", "AWS", "word")
