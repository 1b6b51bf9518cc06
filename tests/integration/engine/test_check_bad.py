"""A stack that does everything wrong, written with raw resources of four clouds, against this repository's policies."""

from pathlib import Path

import pytest
from dockyard.engine import check
from dockyard.engine.project import Project

PACK = Path(__file__).parents[3] / "policy"
PROGRAM = """
import json
import pulumi

class made(pulumi.CustomResource):
    def __init__(self, kind, name, **props):
        super().__init__(kind, name, props)

login = {"auths": {"123456789012.dkr.ecr.eu-central-1.amazonaws.com": {"username": "AWS", "password": "x"}}}
container = {"name": "api", "image": "nginx", "securityContext": {"privileged": True, "runAsUser": 0}}
everybody = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]}

made("aws:ecr/repository:Repository", "images", imageTagMutability="MUTABLE", forceDelete=True)
made("aws:ecr/repositoryPolicy:RepositoryPolicy", "open", repository="images", policy=json.dumps(everybody))
made("azure-native:containerregistry:Registry", "acr", adminUserEnabled=True, anonymousPullEnabled=True,
     sku={"name": "Standard"}, publicNetworkAccess="Enabled")
made("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", "public", repository="x", member="allUsers",
     role="roles/artifactregistry.reader")
made("kubernetes:core/v1:Secret", "pull", type="kubernetes.io/dockerconfigjson",
     stringData={".dockerconfigjson": pulumi.Output.secret(json.dumps(login))})
made("kubernetes:apps/v1:Deployment", "api", spec={"template": {"spec": {"containers": [container]}}})
made("dockyard:index:SelfHostedRegistry", "own", listen=["0.0.0.0"], anonymousPull=["**"], deletion="delete", bcryptCost=15)
"""
MANDATORY = {
    ("ecr-immutable-tags", "images"),
    ("ecr-force-delete", "images"),
    ("ecr-scan-on-push", "images"),
    ("ecr-policy-open", "open"),
    ("acr-admin-user", "acr"),
    ("acr-anonymous-pull", "acr"),
    ("gar-public", "public"),
    ("kubernetes-short-lived-login", "pull"),
    ("kubernetes-image-tag", "api"),
    ("kubernetes-privileges", "api"),
    ("kubernetes-root-user", "api"),
    ("self-hosted-anonymous-pull", "own"),
    ("self-hosted-deletion", "own"),
    ("self-hosted-password-cost", "own"),
}
ADVICE = {
    ("ecr-lifecycle", "images"),
    ("kubernetes-limits", "api"),
    ("kubernetes-writable-root", "api"),
    ("self-hosted-network", "own"),
    ("self-hosted-backup", "own"),
    ("self-hosted-limits", "own"),
    ("self-hosted-version", "own"),
}


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    (folder / "Pulumi.yaml").write_text("name: bad\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return check.run(Project.find(folder), "dev", packs=[PACK])


def found(plan, mandatory):
    return {
        (each.policy, each.urn.rpartition("::")[2]) for each in plan.violations if each.mandatory is mandatory
    }


def test_every_violation_is_told_at_once(bad):
    """Of every cloud, by rules of one resource and by rules of the stack; the check fails."""
    assert bad.errors == []
    assert not bad.ok
    assert found(bad, True) >= MANDATORY
    assert found(bad, False) >= ADVICE


def test_each_says_why_what_to_change_and_where(bad):
    for each in bad.violations:
        assert each.description.endswith(".")
        assert each.message
        assert each.severity in ("low", "medium", "high", "critical")
        assert each.urn == "" or bad.sources[each.urn].file == "__main__.py"
