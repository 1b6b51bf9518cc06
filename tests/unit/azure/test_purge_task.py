"""The task that keeps retention, as it is registered."""

import base64
import inspect

import pulumi_azure_native as azure
import pytest
import yaml
from dockyard.azure.evaluate_abac import allows
from dockyard.azure.purge import IMAGE
from dockyard.azure.purge_task import CONTRIBUTOR, Retention, make_cleanup, read_cleanup
from dockyard.retention import read_retention

from tests.unit.azure.sites import REGISTRY_ID, plan_of, recorded, refusals

DEFINITIONS = "/subscriptions/s-1/providers/Microsoft.Authorization/roleDefinitions"


def retention(path="retention", **values):
    return Retention(path, read_retention(values, []))


def task(retentions=None, **values):
    kept = retentions or {"api": retention(), "tools/ci": retention()}
    return plan_of(read_cleanup, kept, **values)


def steps(plan):
    registered, _ = recorded(make_cleanup, plan)
    content = registered.one("Resource")["properties"]["step"]["encodedTaskContent"]
    return yaml.safe_load(base64.b64decode(content))


def test_the_task_is_registered_exactly():
    registered, _ = recorded(make_cleanup, task())
    assert registered.names() == {
        ("Resource", "images-cleanup"),
        ("RoleAssignment", "images-cleanup-delete"),
        ("RoleAssignment", "images-cleanup-list"),
    }
    found = registered.one("Resource")
    properties = found.pop("properties")
    assert found == {
        "apiVersion": "2025-03-01-preview",
        "resourceProviderNamespace": "Microsoft.ContainerRegistry",
        "parentResourcePath": "registries/shopimages",
        "resourceType": "tasks",
        "resourceName": "cleanup",
        "resourceGroupName": "shop",
        "location": "westeurope",
        "tags": {"team": "platform"},
        "identity": {"type": "SystemAssigned"},
    }
    assert properties.pop("step")["type"] == "EncodedTask"
    assert properties == {
        "status": "Enabled",
        "platform": {"os": "Linux", "architecture": "amd64"},
        "agentConfiguration": {"cpu": 2},
        "timeout": 3600,
        "trigger": {"timerTriggers": [{"name": "schedule", "schedule": "0 3 * * *", "status": "Enabled"}]},
        "credentials": {"sourceRegistry": {"identity": "[system]"}},
    }


def test_it_says_what_would_go_before_anything_goes():
    prefix = f"{IMAGE} purge --registry $Registry --untagged-only"
    filters = "--filter 'api:.*' --filter 'tools/ci:.*'"
    assert steps(task()) == {
        "version": "v1.1.0",
        "stepTimeout": 3600,
        "steps": [{"cmd": f"{prefix} {filters} --ago 14d --concurrency 10 --dry-run"}],
    }
    assert "--dry-run" not in steps(task(cleanup_dry_run=False))["steps"][0]["cmd"]


def test_the_steps_are_one_line_each_that_begins_with_the_version():
    """ACR Tasks looks for the version, and drops lines that begin with `#`, before it reads YAML."""
    many = {
        f"team-{number}/image": retention(keep_tags=["v*"], rules={"a": {"older_than_days": 1}})
        for number in range(90)
    }
    lines = task(many).steps().splitlines()
    assert lines[:3] == ["version: v1.1.0", "stepTimeout: 3600", "steps:"]
    assert all(line.startswith("- cmd: ") for line in lines[3:])


def test_schedule_and_time_can_be_said():
    plan = task(cleanup={"schedule": "30 1 * * Sun", "timeout_minutes": 120.0})
    properties = recorded(make_cleanup, plan)[0].one("Resource")["properties"]
    assert properties["timeout"] == 7200
    assert properties["trigger"]["timerTriggers"][0]["schedule"] == "30 1 * * Sun"
    assert steps(plan)["stepTimeout"] == 7200


def test_its_identity_may_delete_in_its_repositories_only_and_list_all():
    registered, _ = recorded(make_cleanup, task())
    given = registered.of("RoleAssignment")
    delete, lists = given["images-cleanup-delete"], given["images-cleanup-list"]
    for found in (delete, lists):
        assert found["scope"] == REGISTRY_ID
        assert found["principalId"] == "images-cleanup-principal"
        assert found["principalType"] == "ServicePrincipal"
    assert delete["roleDefinitionId"] == f"{DEFINITIONS}/2efddaa5-3f1f-4df3-97df-af3f13818f4c"
    assert lists["roleDefinitionId"] == f"{DEFINITIONS}/bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"
    assert "condition" not in lists
    assert delete["conditionVersion"] == "2.0"
    assert delete["roleAssignmentName"] != lists["roleAssignmentName"]
    for action in CONTRIBUTOR.actions:
        assert allows(CONTRIBUTOR, delete["condition"], action, "tools/ci")
        assert not allows(CONTRIBUTOR, delete["condition"], action, "tools/other")


def test_more_repositories_than_a_condition_holds_get_the_role_for_the_whole_registry():
    plan = task({f"team-{number:04}/image": retention() for number in range(200)})
    registered, _ = recorded(make_cleanup, plan)
    assert "condition" not in registered.of("RoleAssignment")["images-cleanup-delete"]


def test_a_registry_without_repository_permissions_lets_its_tasks_in():
    registered, _ = recorded(make_cleanup, task(), abac=False)
    assert registered.names() == {("Resource", "images-cleanup")}
    found = registered.one("Resource")
    assert "identity" not in found
    assert found["properties"]["credentials"] == {"sourceRegistry": {"loginMode": "Default"}}


def test_repositories_that_share_rules_share_a_command():
    kept = {
        "api": retention(),
        "web": retention(),
        "ci": retention("repositories/ci/retention", untagged_days=1),
    }
    assert [purge.repositories for purge in task(kept).purges] == [("api", "web"), ("ci",)]


def test_reordering_repositories_changes_nothing():
    kept = {"web": retention(), "api": retention(untagged_days=1)}
    assert task(kept) == task(dict(reversed(kept.items())))


def test_without_anything_that_may_expire_there_is_no_task():
    assert plan_of(read_cleanup, {"api": Retention("retention", ())}) is None


def test_a_problem_of_shared_rules_is_told_once_and_at_its_own_path():
    rules = read_retention({"keep_last": 3}, [])
    kept = {"api": Retention("retention", rules), "web": Retention("retention", rules)}
    message = "ACR counts tags, so fewer images would stay where one has several tags"
    assert refusals(read_cleanup, kept) == [f"retention/keep_last: {message}"]
    assert task(kept, cleanup={"keep_last_counts_tags": True}).purges[1].keep == 3


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"schedule": "0 0 3 * * *"},
            "schedule: must be a cron expression of five fields, got '0 0 3 * * *'",
        ),
        ({"schedule": "@daily"}, "schedule: must be a cron expression of five fields, got '@daily'"),
        ({"timeout_minutes": 171}, "timeout_minutes: must be between 5 and 170, got 171"),
        ({"timeout_minutes": 4}, "timeout_minutes: must be between 5 and 170, got 4"),
        ({"cron": "0 3 * * *"}, "cron: unknown key"),
    ],
)
def test_what_the_task_cannot_keep_is_refused(given, problem):
    assert refusals(read_cleanup, {"api": retention()}, cleanup=given) == [f"cleanup/{problem}"]


def test_the_sdk_s_own_task_cannot_sign_in_with_its_identity():
    """Why the task is a generic resource: in a registry with repository permissions a task without an identity may do nothing."""
    accepted = inspect.signature(azure.containerregistry.SourceRegistryCredentialsArgs).parameters
    assert set(accepted) == {"login_mode"}
