"""Components that the plugin makes for a program in another language: the program here only names their type."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

COMPONENTS = Path(__file__).parents[3] / "components"
PROGRAM = """
import pulumi

class Remote(pulumi.ComponentResource):
    def __init__(self, name, inputs, outputs):
        super().__init__("dockyard:index:SelfHostedRegistry", name, {**inputs, **dict.fromkeys(outputs)}, None, True)

registry = Remote(
    "images",
    {"domain": "localhost", "port": 8555, "users": {USER: {"push": ["team/**"]}}, "repositories": {"team/api": {}}, "bcryptCost": 5},
    ["host", "images", "password"],
)
pulumi.export("host", registry.host)
pulumi.export("images", registry.images)
pulumi.export("password", registry.password)
"""


def preview(folder: Path, user: str) -> tuple[int, dict]:
    project = {"name": "remote", "runtime": "python", "backend": {"url": "file://.state"}}
    project["plugins"] = {"providers": [{"name": "dockyard", "path": str(COMPONENTS)}]}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(PROGRAM.replace("USER", repr(user)))
    command = [sys.executable, "-m", "dockyard.cli", "preview", "-s", "dev", "--engine", "embedded", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_component_is_made_with_its_children_and_outputs(tmp_path):
    code, planned = preview(tmp_path, "ci")
    assert code == 0, planned
    names = {resource["name"]: resource["urn"].split("::")[2] for resource in planned["resources"]}
    parent = "dockyard:index:SelfHostedRegistry"
    assert names["images"] == parent
    assert names["images-host"] == f"{parent}$dockyard:index:Host"
    assert names["images-user-ci"] == f"{parent}$dockyard:index:Credential"
    assert planned["outputs"]["host"] == "localhost:8555"
    assert planned["outputs"]["images"] == {"team/api": "localhost:8555/team/api"}


def test_what_a_component_refuses_is_told_as_in_python(tmp_path):
    code, planned = preview(tmp_path, "C I")
    assert code == 1
    told = json.dumps(planned)
    assert "users/C I: is not a user name" in told
    assert "hint: user names have 1 to 64 lower-case letters" in told


@pytest.fixture(scope="module")
def schema():
    from dockyard.provider.hosting import Hosting

    return Hosting("1.2.3").schema()


@pytest.mark.parametrize(
    "name",
    [
        *("SelfHostedRegistry", "EcrRegistry", "EcrRegistrySettings", "EcrVpcEndpoints", "EcrPublicRegistry"),
        *("GarRegistry", "PullAccess", "PullSecret"),
    ],
)
def test_the_schema_of_a_component_is_complete(schema, name):
    component = schema["resources"][f"dockyard:index:{name}"]
    assert component["isComponent"]
    text = json.dumps(schema)
    assert "pulumi.json#/Any" not in text
    for kind in ("inputProperties", "properties"):
        missing = [key for key, spec in component[kind].items() if not spec.get("description")]
        assert missing == []
    for type_name, spec in schema["types"].items():
        described = spec.get("properties", {})
        assert [key for key, found in described.items() if not found.get("description")] == [], type_name


def test_what_a_component_requires(schema):
    resources = {name.rpartition(":")[2]: spec for name, spec in schema["resources"].items()}
    azure = resources["AcrRegistry"]["requiredInputs"]
    assert sorted(azure) == ["location", "repositories", "resourceGroupName"]
    assert sorted(resources["EcrRegistry"]["requiredInputs"]) == ["repositories"]
    assert sorted(resources["EcrPublicRegistry"]["requiredInputs"]) == ["repositories"]
    assert resources["EcrRegistrySettings"].get("requiredInputs", []) == []
    assert sorted(resources["EcrVpcEndpoints"]["requiredInputs"]) == ["routeTableIds", "subnetIds", "vpcId"]
    assert sorted(resources["GarRegistry"]["requiredInputs"]) == ["location", "repositories"]
    registry = resources["SelfHostedRegistry"]
    assert sorted(registry["requiredInputs"]) == ["domain", "users"]
    outputs = {
        "host",
        "images",
        "username",
        "password",
        "users",
        "caCertificate",
        "runtime",
        "backupPassword",
    }
    assert set(registry["properties"]) == outputs
