"""The agent, wherever it is."""

from collections.abc import Mapping
from typing import Any

from dockyard.provider.agent_call import call_local
from dockyard.remote.connection import connection_of


def reach(connection: Mapping[str, Any]) -> None:
    """Raises UnreachableError where nobody can get at the host."""
    found = connection_of(connection)
    if found is None:
        return
    from dockyard.remote.session import Session

    with Session(found) as session:
        session.ask("hello", {})


def call(connection: Mapping[str, Any], verb: str, request: dict[str, Any]) -> dict[str, Any]:
    """One answer. connection: of a Host's inputs, secrets opened. Raises DockyardError, ProblemsError."""
    found = connection_of(connection)
    if found is None:
        return call_local(verb, request)
    # paramiko is loaded only where it is needed.
    from dockyard.remote.session import Session

    with Session(found) as session:
        return session.ask(verb, request)
