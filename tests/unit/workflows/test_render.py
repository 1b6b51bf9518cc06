"""Rendered workflows: pinned, least rights, no stored keys, nothing of others in scripts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dockyard.workflows.actions import PINS
from dockyard.workflows.render import render
from dockyard.workflows.settings import KINDS, read_settings

from tests.unit.workflows.samples import everything

ROOT = Path(__file__).parents[3]
OWN = ROOT / ".github" / "workflows"
FILES = render(read_settings(everything()))
GITLAB = render(read_settings(everything(service="gitlab")))
ALL = {**FILES, **{f"own {path.name}": path.read_text() for path in sorted(OWN.glob("*.yml"))}}
SECRETS = {"PULUMI_CONFIG_PASSPHRASE", "REGISTRY_PASSWORD"}


def steps(text):
    return [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]


def test_every_workflow_is_there():
    names = {Path(path).stem.split("-")[0] for path in FILES}
    assert names == set(KINDS)
    assert set(GITLAB) == {".gitlab-ci.yml"}


def test_the_same_settings_give_the_same_bytes():
    assert render(read_settings(everything())) == FILES


@pytest.mark.parametrize("path", ALL)
def test_rights_are_none_unless_a_job_names_them(path):
    content = yaml.safe_load(ALL[path])
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"]
        assert set(job["permissions"].values()) <= {"read", "write"}
        signs_in = any(
            "login" in step.get("uses", "") or "auth@" in step.get("uses", "") for step in job["steps"]
        )
        assert not signs_in or "id-token" in job["permissions"] or "REGISTRY_PASSWORD" in ALL[path]


@pytest.mark.parametrize("path", ALL)
def test_every_action_is_pinned_to_a_commit_with_its_release_beside_it(path):
    for line in re.findall(r"uses: (.*)", ALL[path]):
        action, commit, version = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40}) # (v[0-9.]+)", line).groups()
        assert PINS[action] == (commit, version)


@pytest.mark.parametrize("path", ALL)
def test_no_expression_stands_in_a_script_and_no_stored_key_anywhere(path):
    """What is in `run` is a program; an expression there is put in before the shell reads it."""
    text = ALL[path]
    assert [step["run"] for step in steps(text) if "${{" in step.get("run", "")] == []
    assert set(re.findall(r"secrets\.(\w+)", text)) <= SECRETS
    assert "pull_request_target" not in text
    checkouts = [step for step in steps(text) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_pull_requests_neither_sign_in_nor_push():
    for path, text in FILES.items():
        if "image-" in path and "pull_request" in text:
            for step in steps(text):
                uses = step.get("uses", "")
                if "login" in uses or "credentials" in uses or "auth@" in uses or "cosign" in str(step):
                    assert step["if"] == "${{ github.event_name != 'pull_request' }}"
                if "build-push-action" in uses:
                    assert step["with"]["push"] == "${{ github.event_name != 'pull_request' }}"


def test_the_check_of_a_pull_request_has_no_credentials():
    text = FILES[".github/workflows/check.yml"]
    assert "id-token" not in text
    assert "secrets." not in text


def test_stacks_wait_for_each_other_and_no_two_deployments_run_at_once():
    jobs = yaml.safe_load(FILES[".github/workflows/deploy.yml"])["jobs"]
    by_name = {job["name"].removeprefix("deploy "): (key, job) for key, job in jobs.items()}
    assert by_name["prod"][1]["needs"] == [by_name["staging"][0]]
    assert by_name["staging"][1]["needs"] == [by_name["dev"][0]]
    assert "local" not in by_name
    assert {job["environment"] for _, job in by_name.values()} == {"dev", "staging", "production"}
    assert all(job["concurrency"]["cancel-in-progress"] is False for _, job in by_name.values())


def test_nothing_is_tagged_latest():
    for path, text in FILES.items():
        if "docker/metadata-action" in text:
            assert "flavor: latest=false" in text, path
    assert ":latest" not in "".join([*FILES.values(), *GITLAB.values()])


def test_what_is_signed_is_the_digest_that_was_scanned():
    text = FILES[".github/workflows/image-aws.yml"]
    names = [step.get("name") for step in steps(text)]
    assert names.index("Scan what was pushed") < names.index("Sign the digest, without a key")
    scan = next(step for step in steps(text) if step.get("name") == "Scan what was pushed")
    assert scan["with"]["image-ref"].endswith("@${{ steps.build.outputs.digest }}")
    assert scan["with"]["exit-code"] == "1"


def test_our_own_check_is_the_rendered_one():
    settings = yaml.safe_load((ROOT / ".github" / "workflows.yaml").read_text())
    assert render(read_settings(settings)) == {".github/workflows/check.yml": (OWN / "check.yml").read_text()}
    stacks = {path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml")}
    assert set(settings["stacks"]) == stacks


@pytest.mark.parametrize("schema", ["github-workflows", "gitlab-ci"])
def test_it_conforms_to_the_schema_of_its_service(schema, tmp_path):
    files = ALL if schema == "github-workflows" else GITLAB
    paths = []
    for number, text in enumerate(files.values()):
        paths.append(tmp_path / f"{number}.yml")
        paths[-1].write_text(text)
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", f"vendor.{schema}", *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    paths[0].write_text(paths[0].read_text() + "jobs: 5\nstages: {}\n")
    again = subprocess.run(
        [program, "--builtin-schema", f"vendor.{schema}", paths[0]], capture_output=True, check=False
    )
    assert again.returncode != 0
