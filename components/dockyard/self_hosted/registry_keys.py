"""The keys that each version of the registry knows, of those that are rendered here.

The registry itself passes over a key that it does not know, so that a misspelt or outdated one would be a setting that is not made:
`configuration/configuration.go` of 2.8.3 and of 3.1.1, and `parameters` of the storage driver `filesystem`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Keys = Mapping[str, Any]
"""Key to the type of its value, or to the keys below it."""

_BOTH: Keys = {
    "version": float,
    "log": {"level": str, "formatter": str, "accesslog": {"disabled": bool}},
    "storage": {
        "filesystem": {"rootdirectory": str, "maxthreads": int},
        "delete": {"enabled": bool},
        "redirect": {"disable": bool},
        "maintenance": {
            "uploadpurging": {"enabled": bool, "age": str, "interval": str, "dryrun": bool},
            "readonly": {"enabled": bool},
        },
    },
    "http": {
        "net": str,
        "addr": str,
        "secret": str,
        "draintimeout": str,
        "relativeurls": bool,
        "headers": {"X-Content-Type-Options": list},
    },
    "health": {"storagedriver": {"enabled": bool, "interval": str, "threshold": int}},
    "catalog": {"maxentries": int},
}
KEYS: Mapping[str, Keys] = {
    "2": {**_BOTH, "compatibility": {"schema1": {"enabled": bool}}},
    "3": {**_BOTH, "tags": {"maxtags": int}},
}
"""`http.debug` is known to none of them: it listens beside the front, without a sign-in."""


def key_problems(version: str, configuration: object) -> list[str]:
    """What that version would pass over, or not understand."""
    return list(_problems(KEYS[version], configuration, "", version))


def _problems(known: Any, value: object, path: str, version: str) -> Iterator[str]:
    if isinstance(known, Mapping):
        if not isinstance(value, Mapping):
            yield f"{path or 'the configuration'} must be a mapping"
            return
        for key, below in value.items():
            place = f"{path}.{key}" if path else str(key)
            if key not in known:
                yield f"{place} is no key of registry {version}"
            else:
                yield from _problems(known[key], below, place, version)
    elif type(value) is not known:
        yield f"{path} must be of type {known.__name__}"
