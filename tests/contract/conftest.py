"""What the contract needs of the world outside: nothing."""

import pytest


@pytest.fixture(autouse=True)
def no_registry_is_asked(monkeypatch):
    """AcrRegistry exchanges an Entra token at the registry that it made."""
    monkeypatch.setattr("dockyard.azure.login.refresh_token", lambda host, tenant, token: "word")
