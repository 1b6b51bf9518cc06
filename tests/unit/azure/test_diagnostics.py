"""Where the registry's logs go."""

import pytest
from dockyard.azure.diagnostics import make_diagnostics, read_diagnostics

from tests.unit.azure.sites import REGISTRY_ID, ROOT, plan_of, recorded, refusals

WORKSPACE = f"{ROOT}/providers/Microsoft.OperationalInsights/workspaces/logs"
ACCOUNT = f"{ROOT}/providers/Microsoft.Storage/storageAccounts/archive"


def settings(**given):
    return plan_of(read_diagnostics, diagnostics=given)


def test_a_setting_is_registered_exactly():
    registered, _ = recorded(make_diagnostics, settings(audit={"workspace_id": WORKSPACE}))
    assert registered.names() == {("DiagnosticSetting", "images-diagnostics-audit")}
    assert registered.one("DiagnosticSetting") == {
        "name": "audit",
        "resourceUri": REGISTRY_ID,
        "workspaceId": WORKSPACE,
        "logs": [
            {"category": "ContainerRegistryRepositoryEvents", "enabled": True},
            {"category": "ContainerRegistryLoginEvents", "enabled": True},
        ],
        "metrics": [{"category": "AllMetrics", "enabled": True}],
    }


def test_what_is_off_is_said_to_be_off():
    given = {"storage_account_id": ACCOUNT, "repository_events": False, "metrics": False}
    found = recorded(make_diagnostics, settings(archive=given))[0].one("DiagnosticSetting")
    assert found["storageAccountId"] == ACCOUNT
    assert [entry["enabled"] for entry in found["logs"]] == [False, True]
    assert found["metrics"] == [{"category": "AllMetrics", "enabled": False}]


def test_several_places_each_have_a_setting_and_both_may_share_one():
    both = {"workspace_id": WORKSPACE, "storage_account_id": ACCOUNT}
    assert [setting.key for setting in settings(b=both, a={"workspace_id": f"{WORKSPACE}2"})] == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"a": {}}, "diagnostics/a: goes nowhere"),
        (
            {
                "a": {
                    "workspace_id": WORKSPACE,
                    "repository_events": False,
                    "login_events": False,
                    "metrics": False,
                }
            },
            "diagnostics/a: sends nothing",
        ),
        (
            {"a": {"workspace_id": WORKSPACE}, "b": {"workspace_id": WORKSPACE.upper()}},
            "diagnostics/b/workspace_id: is where 'a' goes already",
        ),
        ({"a b": {"workspace_id": WORKSPACE}}, "diagnostics/a b: is not a name for something in Azure"),
        ({"a": {"workspace_id": WORKSPACE, "category": "x"}}, "diagnostics/a/category: unknown key"),
    ],
)
def test_what_azure_would_not_take_is_refused(given, problem):
    assert refusals(read_diagnostics, diagnostics=given) == [problem]


def test_one_place_s_id_in_the_other_is_refused_and_so_are_more_than_five():
    (problem,) = refusals(read_diagnostics, diagnostics={"a": {"workspace_id": ACCOUNT}})
    assert problem.startswith("diagnostics/a/workspace_id: should look like ")
    many = {f"s{number}": {"workspace_id": f"{WORKSPACE}{number}"} for number in range(6)}
    assert refusals(read_diagnostics, diagnostics=many) == ["diagnostics: must be 5 at most, got 6"]
