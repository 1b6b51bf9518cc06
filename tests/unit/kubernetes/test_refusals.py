"""What PullAccess refuses: one line for each, by its path."""

from datetime import UTC, datetime

import pytest
from dockyard.errors import ProblemsError
from dockyard.kubernetes.access import read_access
from dockyard.kubernetes.static import expiry_problems

from tests.unit.kubernetes.cases import ACCESS, ACR, CLIENT, ECR, POOL, ROLE, changed

SOME_POOL = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def refusal(args, name="pull"):
    with pytest.raises(ProblemsError) as refused:
        read_access(args, "PullAccess 'pull'", name, NOW)
    return str(refused.value)


@pytest.mark.parametrize("case", ACCESS)
def test_the_cases_are_accepted(case):
    read_access(ACCESS[case], "test", "pull", NOW)


@pytest.mark.parametrize(
    ("case", "changes", "problem"),
    [
        ("nodes", {"registry": "quay"}, "node_identity/registry: must be one of ecr, acr, gar, got 'quay'"),
        ("nodes", {"registry": None}, "node_identity/registry: must be one of ecr, acr, gar, got ''"),
        ("nodes", {"role_assignment_mode": "abac"}, "node_identity/role_assignment_mode: is for acr only"),
        ("nodes", {"namespaces": ["web"]}, "node_identity/namespaces: unknown key"),
        ("eks", {"role_arn": None}, "workload_identity/role_arn: is required"),
        (
            "eks",
            {"role_arn": "pull"},
            "workload_identity/role_arn: should look like arn:aws:iam::123456789012:role/pull, got 'pull'",
        ),
        ("eks", {"client_id": CLIENT}, "workload_identity/client_id: is for acr only"),
        ("eks", {"service_accounts": []}, "workload_identity/service_accounts: must name at least one"),
        ("eks", {"namespaces": None}, "workload_identity/namespaces: must name at least one"),
        ("eks", {"create": "yes"}, "workload_identity/create: must be true or false, got 'yes'"),
        ("aks", {"client_id": None}, "workload_identity/client_id: is required"),
        (
            "aks",
            {"client_id": "x"},
            "workload_identity/client_id: should look like 00000000-1111-2222-3333-444444444444, got 'x'",
        ),
        ("aks", {"tenant_id": CLIENT}, "workload_identity/tenant_id: is for clusters of your own only"),
        ("own-acr", {"tenant_id": None}, "workload_identity/tenant_id: is required"),
        ("gke", {"own_cluster": True}, "workload_identity/own_cluster: cannot be kept with gar"),
        ("gke", {"role_arn": ROLE}, "workload_identity/role_arn: is for ecr only"),
        ("job-ecr", {"image": None}, "refresher/image: is required"),
        (
            "job-ecr",
            {"image": "aws-cli:2"},
            "refresher/image: must be named by digest, NAME@sha256:…, got 'aws-cli:2'",
        ),
        ("job-ecr", {"host": None}, "refresher/host: is required"),
        ("job-ecr", {"host": "https://x"}, "refresher/host: is not a registry's host: 'https://x'"),
        (
            "job-ecr",
            {"host": "registry.acme.dev"},
            "refresher/region: is required: 'registry.acme.dev' names none",
        ),
        ("job-ecr", {"region": "europe"}, "refresher/region: should look like eu-west-1, got 'europe'"),
        ("job-ecr", {"schedule": "0 3 * * *"}, "refresher/schedule: pauses for 1440 minutes"),
        ("job-ecr", {"schedule": "daily"}, "refresher/schedule: must have five fields, got 'daily'"),
        ("job-ecr", {"audience": POOL}, "refresher/audience: is for gar only"),
        ("job-ecr", {"name": "x" * 43}, f"refresher/name: is not a name in Kubernetes: '{'x' * 43}'"),
        ("job-ecr", {"namespace": "A"}, "refresher/namespace: is not a namespace: 'A'"),
        ("job-acr", {"client_id": None}, "refresher/client_id: is required"),
        ("job-acr", {"schedule": "0 */4 * * *"}, "refresher/schedule: pauses for 240 minutes"),
        ("job-gar", {"schedule": "*/15 * * * *"}, "refresher/schedule: pauses for 15 minutes"),
        ("job-gar-pool", {"schedule": "7 * * * *"}, "refresher/schedule: pauses for 60 minutes"),
        (
            "job-gar-pool",
            {"audience": "pool"},
            f"refresher/audience: should look like {SOME_POOL}, got 'pool'",
        ),
        (
            "eso-ecr",
            {"refresh_interval": "12h"},
            "external_secrets/refresh_interval: must be between 1m and 360m, got '12h'",
        ),
        (
            "eso-ecr",
            {"refresh_interval": "0"},
            "external_secrets/refresh_interval: must be between 1m and 360m, got '0'",
        ),
        ("eso-ecr", {"project": "my-project"}, "external_secrets/project: is for gar only"),
        ("eso-ecr", {"identity": "A"}, "external_secrets/identity: is not a name in Kubernetes: 'A'"),
        ("eso-acr", {"identity": None}, "external_secrets/identity: is required"),
        ("eso-acr", {"tenant_id": None}, "external_secrets/tenant_id: is required"),
        (
            "eso-gke",
            {"cluster_name": None},
            "external_secrets/audience: either this or the cluster must be given, and not both",
        ),
        (
            "eso-gke",
            {"audience": POOL},
            "external_secrets/audience: either this or the cluster must be given, and not both",
        ),
        ("eso-gke", {"project": None}, "external_secrets/project: is required"),
        ("static", {"password": None}, "static/password: is required"),
        ("static", {"host": ACR}, "static/expires: is required for a registry of Azure"),
        ("static", {"host": ACR, "expires": "soon"}, "static/expires: is no time of RFC 3339: 'soon'"),
        (
            "static",
            {"expires": "2027-01-01T00:00:00"},
            "static/expires: is no time of RFC 3339: '2027-01-01T00:00:00'",
        ),
        ("static", {"expires": "2025-12-31T23:59:59Z"}, "static/expires: has passed: 2025-12-31T23:59:59Z"),
        (
            "static",
            {"host": ECR},
            "static/password: would be dead soon: passwords of Amazon ECR live 12 hours",
        ),
        ("static", {"ephemeral": True}, "static/ephemeral: unknown key"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_its_path(case, changes, problem):
    lines = refusal(changed(case, **changes)).splitlines()
    assert lines[:2] == ["PullAccess 'pull': 1 problem", f"  {problem}"]


@pytest.mark.parametrize("ways", [(), ("nodes", "static"), ("job-ecr", "eso-ecr")])
def test_exactly_one_way_is_chosen(ways):
    args = {key: value for way in ways for key, value in ACCESS[way].items()}
    assert "  access: must be one of node_identity, workload_identity" in refusal(args)


def test_a_way_that_does_not_exist_is_refused_with_the_one_that_is_meant():
    text = refusal({**ACCESS["nodes"], "refreshers": {}})
    assert "  refreshers: unknown key\nhint: did you mean 'refresher'?" in text


def test_labels_that_kubernetes_would_refuse_are_refused():
    assert "  labels/a b: cannot be a label's key" in refusal({**ACCESS["nodes"], "labels": {"a b": "x"}})


def test_a_component_whose_name_could_not_name_a_cluster_role_is_refused():
    assert "  name: must not have a slash or a percent sign here: 'a/b'" in refusal(ACCESS["eks"], "a/b")


def test_an_expiry_in_any_zone_is_compared_as_what_it_means():
    assert expiry_problems(ACR, "2026-01-01T01:00:00+02:00", NOW)[0].message.startswith("has passed")
    assert expiry_problems(ACR, "2026-01-01T01:00:00+00:30", NOW) == []
