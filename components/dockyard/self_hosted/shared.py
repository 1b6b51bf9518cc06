"""Arguments that other registries take and this one cannot keep."""

from dockyard.reader import Reader

_HINTS = {
    "retention": "retention is of the whole registry here: say it beside `repositories`",
    "ci_trust": "registry:2 takes no token of a CI service; give CI a name of its own in users",
    "tags": "nothing here carries tags; leave it out",
    "pull": 'give the right to a user: users: {NAME: {pull: ["**"]}}',
    "push": 'give the right to a user: users: {NAME: {push: ["**"]}}',
}


def refuse_shared(reader: Reader, *keys: str) -> None:
    """Says of each key what this registry has instead. A key that asks for nothing (`false`, `{}`, `[]`) is kept by doing nothing."""
    for key in (key for key in keys if key in reader.values):
        if reader.get(key):
            reader.problem(key, "cannot be kept by a registry of your own", _HINTS[key])
