"""The setting `environment`: further variables of the registry's own, where it stands alone.

The names and what they take: `configuration/configuration.go` of 2.8.3 and of 3.1.1. The registry passes over a variable that it does not
know; so each that would be passed over, or would undo what other settings say, is a problem here. None of them may be a secret: whoever may
ask Docker reads them.
"""

import difflib
import json
import re

from dockyard.reader import Reader
from dockyard.self_hosted.front import Front

Variables = tuple[tuple[str, str], ...]
REALM = "REGISTRY_AUTH_HTPASSWD_REALM"
_SWITCH, _COUNT, _LENGTH = "true|false", "[1-9][0-9]{0,8}", "[1-9][0-9]{0,5}(?:s|m|h)"
_TAKEN = {
    "REGISTRY_AUTH": "htpasswd",
    REALM: r"[ !#-\[\]-~]{1,100}",
    "REGISTRY_CATALOG_MAXENTRIES": _COUNT,
    "REGISTRY_COMPATIBILITY_SCHEMA1_ENABLED": _SWITCH,
    "REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL": _LENGTH,
    "REGISTRY_HEALTH_STORAGEDRIVER_THRESHOLD": _COUNT,
    "REGISTRY_HTTP_HTTP2_DISABLED": _SWITCH,
    "REGISTRY_HTTP_RELATIVEURLS": _SWITCH,
    "REGISTRY_HTTP_TLS_MINIMUMTLS": r"tls1\.[23]",
    "REGISTRY_LOG_ACCESSLOG_DISABLED": _SWITCH,
    "REGISTRY_LOG_FORMATTER": "json|logstash|text",
    "REGISTRY_LOG_LEVEL": "error|warn|info|debug",
    "REGISTRY_LOG_REPORTCALLER": _SWITCH,
    "REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS": _COUNT,
    "REGISTRY_TAGS_MAXTAGS": _COUNT,
}
"""Name to what its value must look like."""
_OF_ONE_VERSION = {
    "REGISTRY_COMPATIBILITY_SCHEMA1_ENABLED": "2",
    "REGISTRY_LOG_REPORTCALLER": "3",
    "REGISTRY_TAGS_MAXTAGS": "3",
}
_SHOWN = {
    _SWITCH: "true or false",
    _COUNT: "a whole number above 0",
    _LENGTH: "a length of time, such as 30s",
    _TAKEN[REALM]: "one line of printable ASCII without quotes and backslashes",
    _TAKEN["REGISTRY_HTTP_TLS_MINIMUMTLS"]: "tls1.2 or tls1.3",
}
_SECRET = re.compile(r"SECRET|PASSWORD|KEY|TOKEN|CREDENTIAL|HOOKS|ENDPOINTS|REDIS|PROXY|_URL")
_ELSEWHERE = {
    "REGISTRY_AUTH_HTPASSWD_PATH": "that file is made of `users`",
    "REGISTRY_AUTH_": "who signs in is said by `users`",
    "REGISTRY_HTTP_SECRET": "the secret of uploads is made, and kept in registry.yml, which only the registry reads",
    "REGISTRY_HTTP_TLS_": "set `certificate`",
    "REGISTRY_HTTP_DEBUG_": "its port would answer without a sign-in",
    "REGISTRY_HTTP_ADDR_": "set `listen` and `port`",
    "REGISTRY_HTTP_NET_": "set `listen` and `port`",
    "REGISTRY_STORAGE_MAINTENANCE_READONLY": "set `read_only`",
    "REGISTRY_STORAGE_CACHE_": "garbage collection beside a cache of descriptors corrupts what is pushed next",
    "REGISTRY_STORAGE_FILESYSTEM_": "set `storage`",
    "REGISTRY_STORAGE_": "the images stand in a folder of the host, `storage`; the rest is set",
    "REGISTRY_PROXY_": "a cache of another registry is none of your own",
}
"""The beginning of a name to what takes its place; the first that fits."""


def read_environment(settings: Reader, front: Front, version: str) -> Variables:
    """The variables, sorted by name. A value that may be a secret is never shown."""
    reader = Reader(settings.get("environment"), settings.problems, "environment")
    if reader.values and front is not Front.NONE:
        hint = (
            "they are the registry's own, for one alone: set front to none, or use the settings of the front"
        )
        settings.problem("environment", f"is not for front {front}", hint)
        return ()
    for name, value in reader.values.items():
        _check(reader, name, value, version)
    return tuple(sorted(reader.values.items()))


def _check(reader: Reader, name: str, value: object, version: str) -> None:
    pattern = _TAKEN.get(name)
    if pattern is None:
        reader.problem(name, *_refusal(name))
    elif _OF_ONE_VERSION.get(name, version) != version:
        reader.problem(name, f"is unknown to registry {version}", f"it is of version {_OF_ONE_VERSION[name]}")
    elif not isinstance(value, str):
        reader.problem(name, f"must be text, got {json.dumps(value)}", "write it in quotes")
    elif not re.fullmatch(pattern, value):
        reader.problem(name, f"is not {_SHOWN.get(pattern, pattern.replace('|', ', '))}: {value!r}")


def _refusal(name: str) -> tuple[str, str]:
    """Why it is not taken, and what is."""
    if not name.startswith("REGISTRY_"):
        return "is no variable of the registry", "their names begin with REGISTRY_"
    if near := difflib.get_close_matches(name, _TAKEN, 1, 0.93):
        return "is no variable of the registry", f"did you mean {near[0]!r}?"
    known = f"those that are taken: {', '.join(_TAKEN)}"
    hint = next((hint for start, hint in _ELSEWHERE.items() if f"{name}_".startswith(start)), known)
    if _SECRET.search(name):
        return "may hold a secret, which a variable would show to everybody who may ask Docker", hint
    return "is not to be set here", hint


def yaml_text(text: str) -> str:
    """The registry reads each variable as YAML: what that might not take as this text is quoted."""
    plain = r"/[A-Za-z0-9/._-]*|[0-9.]+:[0-9]+|[A-Za-z]+(?: [A-Za-z]+)+"
    return text if re.fullmatch(plain, text) else json.dumps(text)
