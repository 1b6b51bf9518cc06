"""Which logins may be written into a Secret."""

from typing import Any

from dockyard.checks import short_lived_login
from dockyard.errors import Problem, ProblemsError
from dockyard.kubernetes.docker_config import docker_config, host_problem
from dockyard.later import is_later

_INSTEAD = "PullAccess renews such a login: node_identity, workload_identity, external_secrets or refresher"
_HOST_HINT = "a name and perhaps a port, without https:// and without a path"


def login_problems(host: Any, username: Any, password: Any, path: str = "") -> list[Problem]:
    """What is wrong with a login, as far as it is known. No text has the password in it."""
    prefix = f"{path}/" if path else ""
    problems = [
        Problem(f"{prefix}{key}", "is required")
        for key, value in (("host", host), ("username", username), ("password", password))
        if value is None or value == ""
    ]
    known_host = host if isinstance(host, str) else ""
    known_user = username if isinstance(username, str) else ""
    problems += [
        Problem(f"{prefix}{key}", "must be text")
        for key, value in (("host", host), ("username", username), ("password", password))
        if value is not None and not isinstance(value, str) and not is_later(value)
    ]
    if known_host and (wrong := host_problem(known_host)):
        problems.append(Problem(f"{prefix}host", wrong, _HOST_HINT))
    if ":" in known_user:
        problems.append(Problem(f"{prefix}username", f"must not have a colon: {known_user!r}"))
    if lives := short_lived_login(known_host, known_user):
        problems.append(Problem(f"{prefix}password", f"would be dead soon: {lives}", _INSTEAD))
    return problems


def checked_config(subject: str, host: str, username: str, password: str, path: str = "") -> str:
    """The `.dockerconfigjson` of a login that is known by now. Raises ProblemsError for one that may not be written."""
    if problems := login_problems(host, username, password, path):
        raise ProblemsError(subject, problems)
    return docker_config(host, username, password)
