"""Retention: what `expiry` says of a store, told or carried out. The bytes come back by garbage collection later.

registry:2 cannot delete a tag alone, and deletes all tags with their manifest. So links are removed from the store, while the front
refuses writes: of each manifest its tags first, of an index itself before its manifests, of a subject itself before what refers to it.
What was judged is remembered until it is done, so that a run after a kill judges as if nothing had gone yet.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import front, links, results
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import LARGEST_MANIFEST, UNREADABLE, blob_path, digest_like
from dockyard.ops.expiry import Manifest, Rule, expired, subject_of
from dockyard.ops.lock import locked
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings

ASIDE = ".dockyard-retention"
"""In the registry's root directory, hence on its disk."""
Begun = Mapping[str, Sequence[Mapping[str, Any]]]
"""Repository to the manifests that a run had begun to remove."""


def retain(settings: Settings, dry_run: bool, report: Report) -> dict[str, Any]:
    """Gives what `dockyard retention run --json` prints. Raises OpsError."""
    if settings.retention is None:
        raise OpsError(
            "nothing expires in this registry", "set `retention` in its configuration, then run `dockyard up`"
        )
    with locked(settings.state, "retention"):
        begun = results.last(settings.state, "retention").get("begun") or {}
        judged = partial(_judged, settings, settings.retention, begun, time.time())
        report.progress("reading every manifest")
        if dry_run:
            return {**_told(ask(settings.owner, judged)), "dry_run": True}
        with results.remembered(settings.state, "retention") as found:
            plan = ask(settings.owner, judged)
            if plan["going"]:
                report.progress("waiting for writes to end; new ones are refused, pulls go on")
                plan = _window(settings, partial(judged, only=list(plan["going"])), plan, begun)
            told = _told(plan)
            found.update({key: told[key] for key in ("manifests", "tags", "warnings")})
            found["begun"] = _unread(plan, begun)
    return {**told, "dry_run": False}


def _window(
    settings: Settings, judged: "partial[dict[str, Any]]", plan: dict[str, Any], begun: Begun
) -> dict[str, Any]:
    """Judges again what was pushed to meanwhile, and carries it out. Gives what was done."""
    with front.closed(settings):
        if not front.wait_until_quiet(settings):
            raise OpsError("an upload has not ended in time; nothing was changed", "try again later")
        final = ask(settings.owner, judged)
        both = {key: [*plan[key], *final[key]] for key in ("unread", "warnings")}
        results.remember(settings.state, "retention", begun={**_unread(both, begun), **final["going"]})
        done = ask(settings.owner, partial(_carry_out, settings, final["going"]))
    return {**both, "going": done}


def _unread(plan: Mapping[str, Any], begun: Begun) -> dict[str, Any]:
    """Of what an earlier run had begun, that which this one could not judge."""
    return {name: begun[name] for name in plan["unread"] if name in begun}


def _told(plan: Mapping[str, Any]) -> dict[str, Any]:
    images = [
        {
            "repository": name,
            "digest": entry["digest"],
            "tags": sorted(entry["tags"]),
            "pushed": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_manifest(entry).pushed)),
            "why": entry["why"],
        }
        for name, entries in plan["going"].items()
        for entry in entries
        if entry["there"]
    ]
    tags = sum(len(image["tags"]) for image in images)
    return {"images": images, "manifests": len(images), "tags": tags, "warnings": plan["warnings"]}


def _judged(
    settings: Settings, rules: Iterable[Mapping[str, Any]], begun: Begun, now: float, only: Sequence[str] = ()
) -> dict[str, Any]:
    """As the owner of the store: `going`, repository to its manifests that go, in the order in which they do; `unread`; `warnings`."""
    going: dict[str, list[dict[str, Any]]] = {}
    unread: list[str] = []
    warnings: list[str] = []
    own = [Rule(**{**rule, "tags": tuple(rule["tags"])}) for rule in rules]
    for name in only or list(links.repositories(settings.tree)):
        try:
            manifests = read_manifests(settings.tree, name)
        except OpsError as error:
            unread.append(name)
            warnings.append(f"{name} is left as it is: {error.message}")
            continue
        there = {manifest.digest for manifest in manifests}
        manifests = _as_it_was(manifests, begun.get(name, ()))
        why = expired(own, manifests, now)
        if entries := [
            {**asdict(manifest), "why": why[manifest.digest], "there": manifest.digest in there}
            for manifest in _in_order([manifest for manifest in manifests if manifest.digest in why])
        ]:
            going[name] = entries
    return {"going": going, "unread": unread, "warnings": warnings}


def read_manifests(tree: Path, name: str) -> list[Manifest]:
    """The manifests of a repository. Raises OpsError where one cannot be read: what it holds together is not known then."""
    base = tree / "repositories" / name / "_manifests"
    found: dict[str, Manifest] = {}
    tags: list[tuple[str, str, float]] = []
    for link in links.repository_links(tree, name):
        kind, _, rest = link.path.removeprefix(f"repositories/{name}/_manifests/").partition("/")
        if kind not in ("tags", "revisions") or "/index/" in rest:
            continue
        if not link.good:
            raise OpsError(f"{link.path} is no link, but {len(link.content)} bytes")
        pushed = _time(tree / link.path)
        if kind == "tags":
            tags.append((rest.partition("/")[0], link.content, pushed))
        elif pushed:
            digest = link.content
            found[digest] = Manifest(digest, pushed, {}, *_held(tree, digest))
    for tag, digest, pushed in tags:
        if digest not in found and (base / "tags" / tag).exists():
            raise OpsError(f"{tag} leads to {digest}, which it does not hold")
        if digest in found:
            found[digest].tags[tag] = pushed
    return list(found.values())


def _held(tree: Path, digest: str) -> tuple[tuple[str, ...], str]:
    """The manifests of an index, and the subject."""
    try:
        with blob_path(tree, digest).open("rb") as stream:
            content = stream.read(LARGEST_MANIFEST)
        if digest_like(digest, content) != digest:
            raise ValueError
        manifest = json.loads(content)
        children = tuple(str(it["digest"]) for it in manifest.get("manifests") or ())
        return children, str((manifest.get("subject") or {}).get("digest", ""))
    except (OSError, *UNREADABLE):
        raise OpsError(f"its manifest {digest} cannot be read") from None


def _time(path: Path) -> float:
    """0 for what is gone."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return path.stat().st_mtime
    return 0.0


def _as_it_was(manifests: Sequence[Manifest], begun: Iterable[Mapping[str, Any]]) -> list[Manifest]:
    """With what a run that was killed has removed already, so that it counts as it did; not what was pushed again since."""
    known = {manifest.digest: manifest for manifest in manifests}
    for entry in begun:
        was = _manifest(entry)
        found = known.setdefault(was.digest, was)
        if found.linked == was.linked and found.tags.items() <= was.tags.items():
            found.tags = was.tags
    return list(known.values())


def _manifest(entry: Mapping[str, Any]) -> Manifest:
    return Manifest(
        entry["digest"], entry["linked"], dict(entry["tags"]), tuple(entry["children"]), entry["subject"]
    )


def _in_order(manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    """An index before its manifests, a subject before what refers to it."""
    left = {manifest.digest: manifest for manifest in sorted(manifests, key=lambda it: it.digest)}
    while left:
        later = {child for manifest in left.values() for child in manifest.children}
        later |= {digest for digest, manifest in left.items() if subject_of(manifest) in left}
        for digest in [digest for digest in left if digest not in later] or list(left):
            yield left.pop(digest)


def _carry_out(settings: Settings, going: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """As the owner of the store. Gives of `going` what has gone: nothing that was pushed again since it was judged."""
    aside = settings.store / ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    done = {
        name: [it for it in entries if _gone(settings.tree, name, it, aside)]
        for name, entries in going.items()
    }
    aside.rmdir()
    return done


def _gone(tree: Path, name: str, entry: Mapping[str, Any], aside: Path) -> bool:
    base, digest = tree / "repositories" / name / "_manifests", entry["digest"]
    tags_gone = [
        _tag_gone(base / "tags" / tag, digest, pushed, aside) for tag, pushed in entry["tags"].items()
    ]
    revision = base / "revisions" / digest.replace(":", "/") / "link"
    if not all(tags_gone) or _time(revision) != entry["linked"]:
        return False
    # Its folder stays, as where the registry deletes: garbage collection sees there when that was.
    revision.unlink()
    return True


def _tag_gone(folder: Path, digest: str, pushed: float, aside: Path) -> bool:
    """Removes the tag in one step; whether it leads to that manifest no longer. One that was pushed since is left."""
    link = folder / "current" / "link"
    try:
        content, at = link.read_text(), link.stat().st_mtime
    except FileNotFoundError:
        return True
    if content != digest:
        return True
    if at != pushed:
        return False
    os.rename(folder, aside / "tag")
    shutil.rmtree(aside / "tag")
    return True
