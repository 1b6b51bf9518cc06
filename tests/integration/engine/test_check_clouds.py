"""`dockyard check` of programs in the clouds' own SDKs: no credentials, no plugin, no network."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[2] / "programs"
PASSWORD = "  check_aws:password: {secure: 'v1:aaaa:bbbb'}\n  aws:region: eu-central-1\n"
CLOUDS = {"aws": PASSWORD, "azure": "", "gcp": "  gcp:project: images\n", "kubernetes": ""}
SDKS = {"azure": "pulumi_azure_native"}
CREDENTIALS = ("AWS_", "AZURE_", "ARM_", "GOOGLE_", "GCP_", "KUBE", "PULUMI_")


@pytest.fixture
def check(tmp_path):
    """Checks a cloud's program with an empty home, without what could be a credential, and where root may
    take it away without a network.
    """

    def check(cloud, *arguments):
        sdk = SDKS.get(cloud, f"pulumi_{cloud}")
        if importlib.util.find_spec(sdk) is None:
            pytest.skip(f"{sdk} is not installed")
        root = tmp_path / f"check_{cloud}"
        shutil.copytree(PROGRAMS / f"check_{cloud}", root, dirs_exist_ok=True)
        (root / "Pulumi.dev.yaml").write_text(
            f"config:\n{CLOUDS[cloud]}" if CLOUDS[cloud] else "config: {}\n"
        )
        kept = {key: value for key, value in os.environ.items() if not key.startswith(CREDENTIALS)}
        command = [sys.executable, "-m", "dockyard.cli", "-C", str(root), "check", "-s", "dev", *arguments]
        return subprocess.run(
            [*alone(), *command],
            env={**kept, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return check


def alone():
    """What starts a command in a network of its own that has loopback and nothing else; nothing where that is not allowed."""
    start = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    try:
        allowed = subprocess.run([*start, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    return start if allowed else []


def planned(done):
    """The plan, its resources by type; providers that the program did not make left out."""
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    plan["by"] = {found["type"]: found for found in plan["resources"]}
    return plan


def test_nothing_is_there_to_be_reached():
    """The tests below prove what they say only in a network without routes."""
    start = alone()
    if not start:
        pytest.skip("no network namespace can be made here")
    code = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
    done = subprocess.run([*start, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Network is unreachable" in done.stderr


def test_aws(check):
    """A function's answer, another stack's output and a password are unknown; the region reaches the provider."""
    plan = planned(check("aws", "--json"))
    assert plan["types"] == {
        "aws:ecr/repository:Repository": 2,
        "aws:ecr/repositoryPolicy:RepositoryPolicy": 1,
        "aws:secretsmanager/secretVersion:SecretVersion": 1,
        "pulumi:pulumi:StackReference": 1,
    }
    assert plan["by"]["aws:ecr/repositoryPolicy:RepositoryPolicy"]["inputs"]["policy"] == "[unknown]"
    assert plan["by"]["aws:secretsmanager/secretVersion:SecretVersion"]["inputs"] == {
        "secretId": "login",
        "secretString": "[secret]",
    }
    assert plan["by"]["pulumi:providers:aws"]["inputs"]["region"] == "eu-central-1"
    assert plan["outputs"] == {
        "account": "[unknown]",
        "password": "[secret]",
        "shared": "[unknown]",
        "url": "[unknown]",
    }
    (said,) = plan["diagnostics"]
    assert said["message"].endswith("unknown secrets for check_aws:password")


def test_azure(check):
    """Within an object what was put in is known, what Azure adds is not; neither is what changes its type."""
    plan = planned(check("azure", "--json"))
    assert sum(plan["types"].values()) == 4
    assert plan["outputs"] == {
        "host": "[unknown]",
        "identities": "[unknown]",
        "identity": "UserAssigned",
        "sku": "Premium",
        "tier": "[unknown]",
        "username": "[unknown]",
    }


def test_gcp(check):
    """An argument that was given is known to those who depend on it."""
    plan = planned(check("gcp", "--json"))
    assert plan["by"]["gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"]["inputs"] == {
        "location": "europe-west1",
        "member": "[unknown]",
        "repository": "[unknown]",
        "role": "roles/artifactregistry.reader",
    }


def test_kubernetes(check):
    """Of an object whose name the provider makes up, the name is unknown; the explicit provider is in the tree."""
    plan = planned(check("kubernetes", "--json"))
    secret = plan["by"]["kubernetes:core/v1:Secret"]
    assert secret["inputs"]["metadata"] == {"namespace": "[unknown]"}
    assert secret["inputs"]["stringData"] == "[secret]"
    assert secret["provider"].endswith("pulumi:providers:kubernetes::cluster")
    assert secret["source"] == {"file": "__main__.py", "line": 13}
    assert check("kubernetes").stdout.startswith(
        "dev\n"
        "├── + check App app\n"
        "│   ├── + kubernetes Namespace app\n"
        "│   └── + kubernetes Secret app-pull\n"
        "└── + kubernetes cluster\n"
    )
