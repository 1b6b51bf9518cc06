"""Names of images, by the grammar that Docker and the registries share (distribution's `reference` package)."""

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok, warning

PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
HEX = {"sha256": 64, "sha384": 96, "sha512": 128}
LONGEST = 255


class Reference(NamedTuple):
    """digest and tag: "" where it has none."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def wanted(self) -> str:
        return self.digest or self.tag or "latest"


def read(text: str, place: str) -> Reference:
    """REPOSITORY[:TAG][@DIGEST], also with the registry's own name before it. What it holds may be wrong."""
    rest = text.removeprefix(f"{place}/")
    rest, _, digest = rest.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    return Reference(f"{head}{slash}{last}", tag, digest)


def problems(found: Reference) -> list[str]:
    """What no registry takes."""
    repository, told = found.repository, []
    if not repository:
        told.append("it names no repository")
    elif repository != repository.lower():
        told.append(f"{repository!r} has capital letters; {repository.lower()!r} has none")
    elif ":" in repository.split("/")[0]:
        told.append(f"{repository.split('/')[0]!r} is another registry")
    else:
        told += [
            f"{part!r} is no part of a name" for part in repository.split("/") if not PART.fullmatch(part)
        ]
    if len(repository) > LONGEST:
        told.append(f"the repository's name has {len(repository)} characters, more than {LONGEST}")
    if found.tag and not TAG.fullmatch(found.tag):
        told.append(f"{found.tag!r} is no tag")
    if found.digest and not _is_digest(found.digest):
        told.append(f"{found.digest!r} is no digest")
    return told


def _is_digest(text: str) -> bool:
    algorithm, _, value = text.partition(":")
    return bool(DIGEST.fullmatch(text)) and len(value) == HEX.get(algorithm, len(value))


def judge(text: str, target: Target) -> Verdict:
    name, found = "image name", read(text, target.place)
    if told := problems(found):
        meant = found.repository.lower() or "team/app"
        example = meant if not problems(Reference(meant)) else "team/app"
        return failure(name, f"{text!r}: {'; '.join(told)}", f"{target.typed} --image {example}:1.2.3")
    if found.wanted == "latest":
        evidence = f"{text!r} means the tag `latest`, which says no version"
        return warning(name, evidence, f"{target.typed} --image {found.repository}:1.2.3")
    return ok(name, f"{found.repository}, {'digest' if found.digest else 'tag'} {found.wanted}")


def judge_host(target: Target) -> Verdict:
    """Docker takes what stands before the first / for a registry only where it looks like one."""
    name, place = "host name", target.place
    if "." in place or target.port or place == "localhost":
        return ok(name, f"{place}: an image's name may begin with it")
    evidence = f"Docker takes {place}/app for docker.io/{place}/app: a registry's name has a dot or a port"
    return warning(name, evidence, f"dockyard doctor --registry {place}:{target.number}")


def near(wanted: str, known: Iterable[str]) -> list[str]:
    """What somebody may have meant."""
    names = list(known)
    by_case = [name for name in names if name.lower() == wanted.lower()]
    without_v = [name for name in names if name.removeprefix("v") == wanted.removeprefix("v")]
    return list(dict.fromkeys([*by_case, *without_v, *difflib.get_close_matches(wanted, names, 3)]))[:3]
