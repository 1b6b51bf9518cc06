"""Host: a bundle, applied to a host."""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

from dockyard.engine.values import UNKNOWN
from dockyard.engine.wire import has_unknown
from dockyard.engine.wire import unwrap as plain
from dockyard.errors import DockyardError, Problem
from dockyard.provider.agent.plan import bundle_of, record_path
from dockyard.provider.host_check import DEFAULTS, INPUTS, host_problems
from dockyard.provider.resource import Call, Change, Difference, PartialError, Properties
from dockyard.provider.worker_call import WorkError, work
from dockyard.remote.call import call as call_agent
from dockyard.remote.call import reach
from dockyard.remote.connection import same_place

DRIFTED = "drifted"
"""The digest that `read` gives where the host differs: a refresh shows it, the next `up` mends."""


FORGET = "DOCKYARD_FORGET_UNREACHABLE"
"""With `true`, a deletion counts as done where the host cannot be reached."""


class Host:
    """Compares, looks and lets the worker work."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def check(self, call: Call, news: Properties) -> list[Problem]:
        for key, value in DEFAULTS.items():
            news.setdefault(key, value)
        return host_problems(news)

    def diff(self, call: Call, id_: str, olds: Properties, news: Properties) -> Difference:
        """What differs from the recorded inputs, and what has drifted on the host: a plain `up` mends both."""
        changes = dict(_input_changes(olds, news))
        if Change.UPDATE_REPLACE in changes.values():
            return Difference(changes)
        self._tell_program(call, id_, plain(olds.get("registry")) or {}, plain(news.get("registry")) or {})
        # The host is reached as it is now to be reached: its key may have been rotated since.
        for path, _ in self._findings(call, id_, olds, plain(news.get("connection"))):
            changes.setdefault(path, Change.UPDATE)
        if plain(olds.get("digest")) != _digest(olds):
            changes.setdefault("digest", Change.UPDATE)
        return Difference(changes)

    def create(self, call: Call, news: Properties, preview: bool) -> tuple[str, Properties]:
        if preview or has_unknown(news):
            return "", {**news, "digest": UNKNOWN if has_unknown(news) else _digest(news)}
        id_ = _new_id(call.urn, news)
        try:
            work(call, "apply", {"id": id_, "bundle": plain(news), "old": None})
        except WorkError as error:
            if not error.touched:
                raise
            raise PartialError(error, {**news, "digest": DRIFTED}, id_) from None
        return id_, {**news, "digest": _digest(news)}

    def update(self, call: Call, id_: str, olds: Properties, news: Properties, preview: bool) -> Properties:
        if preview or has_unknown(news):
            return {**news, "digest": UNKNOWN if has_unknown(news) else _digest(news)}
        work(call, "apply", {"id": id_, "bundle": plain(news), "old": _inputs(olds)})
        return {**news, "digest": _digest(news)}

    def read(self, call: Call, id_: str, outputs: Properties) -> Properties:
        findings = self._findings(call, id_, outputs)
        return {**outputs, "digest": DRIFTED if findings else _digest(outputs)}

    def delete(self, call: Call, id_: str, outputs: Properties) -> None:
        bundle = _inputs(outputs)
        try:
            reach(bundle["connection"])
        except DockyardError as error:
            if os.environ.get(FORGET) != "true":
                hint = f"where the host is gone for good, run this again with {FORGET}=true: what is on it stays there"
                raise DockyardError(
                    error.message, f"{error.hint}\nhint: {hint}" if error.hint else hint
                ) from None
            call.log(f"forgotten, with whatever is on it: {error.message}", False)
            return
        work(call, "remove", {"id": id_, "bundle": bundle, "old": None})

    def _tell_program(self, call: Call, id_: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Another program of the registry or its front, in plain words and once."""
        before, after = (tuple(it.get(key) for key in ("version", "program")) for it in (old, new))
        texts = []
        if old and new and before != after:
            texts += ["the registry changes from version {} ({}) to version {} ({})".format(*before, *after)]
        if old.get("front") and new.get("front") and old["front"] != new["front"]:
            texts += [f"the front changes from {old['front']} to {new['front']}"]
        for text in texts:
            if (id_, text) not in self._told:
                self._told.add((id_, text))
                call.log(text, False)

    def _findings(
        self, call: Call, id_: str, recorded: Properties, connection: Any = None
    ) -> list[tuple[str, str]]:
        """What has drifted: (property path, text). Each is told once, though a refresh both reads and compares."""
        bundle = _inputs(recorded)
        request = {"id": id_, "bundle": bundle, "old": None}
        report = call_agent(connection or bundle["connection"], "inspect", request)
        for _, text in report["findings"]:
            if (id_, text) not in self._told:
                call.log(f"drift: {text}", False)
        self._told |= {(id_, text) for _, text in report["findings"]}
        return [(path, text) for path, text in report["findings"]]


def _inputs(properties: Properties) -> dict[str, Any]:
    return {key: plain(value) for key, value in properties.items() if key in INPUTS}


def _digest(properties: Properties) -> str:
    text = json.dumps(_inputs(properties), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _new_id(urn: str, news: Properties) -> str:
    """The same for the same resource in the same place: a creation that was killed and is repeated finds its record again."""
    place = record_path("", bundle_of(plain(news)))
    return f"host-{hashlib.sha256(f'{urn} {place}'.encode()).hexdigest()[:12]}"


def _input_changes(olds: Properties, news: Properties) -> Iterator[tuple[str, Change]]:
    for key in INPUTS:
        old, new = plain(olds.get(key)), plain(news.get(key))
        if old == new:
            continue
        if key == "connection":
            # One that is not known yet may lead to another host.
            same = not has_unknown(news.get(key)) and same_place(old, new)
            yield key, Change.UPDATE if same else Change.UPDATE_REPLACE
        elif isinstance(old, dict) and isinstance(new, dict):
            for name in sorted(old.keys() | new.keys()):
                if old.get(name) != new.get(name):
                    yield f'{key}["{name}"]', _change(name in old, name in new)
        else:
            yield key, _change(key in olds, key in news)


def _change(before: bool, after: bool) -> Change:
    if before and after:
        return Change.UPDATE
    return Change.ADD if after else Change.DELETE
