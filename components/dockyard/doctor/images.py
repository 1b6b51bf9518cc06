"""What a signed-in client may see: repositories, tags, and one image that is asked for."""

import re

import httpx

from dockyard.doctor import mask, reference
from dockyard.doctor.exchange import error_of
from dockyard.doctor.reference import Reference
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok, skipped

CATALOG, IMAGE = "catalog", "image"
ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
SHUT = (401, 403, 404, 405)


def names(answer: httpx.Response, key: str) -> list[str]:
    """What a list holds; nothing where the answer is none. They stand in commands: what no registry may call anything is left out."""
    try:
        found = answer.json().get(key)
    except (ValueError, AttributeError):
        return []
    return [name for name in found or () if isinstance(name, str) and SAFE.fullmatch(name)]


def judge_catalog(target: Target, answer: httpx.Response) -> Verdict:
    if answer.status_code in SHUT:
        return skipped(CATALOG, f"{_who(target)} may not list repositories ({answer.status_code})")
    if answer.status_code != 200:
        told = f"GET /v2/_catalog answers {answer.status_code} {error_of(answer)}"
        return failure(CATALOG, told, f"{target.typed} --trace")
    found = names(answer, "repositories")
    more = ", and more" if "next" in answer.links else ""
    return ok(
        CATALOG, f"{len(found)} repositories{more}: {', '.join(found[:5])}" if found else "no repository yet"
    )


def check_image(target: Target, client: httpx.Client) -> tuple[Verdict, httpx.Response]:
    """Looks for it as a pull does; where it is not there, for what may be meant. Gives the answer too."""
    wanted = reference.read(target.image, target.place)
    path = f"/v2/{wanted.repository}/manifests/{wanted.wanted}"
    answer = client.get(path, headers={"Accept": ACCEPT})
    return _judge_image(target, client, wanted, answer), answer


def _judge_image(target: Target, client: httpx.Client, wanted: Reference, answer: httpx.Response) -> Verdict:
    shown = f"{wanted.repository}{'@' if wanted.digest else ':'}{wanted.wanted}"
    if answer.status_code == 200:
        digest = answer.headers.get("Docker-Content-Digest", "")
        return ok(IMAGE, f"{shown} is there{f', {mask.plain(digest)}' if digest else ''}")
    if answer.status_code in (401, 403):
        told = f"{_who(target)} may not pull {wanted.repository}: {answer.status_code} {error_of(answer)}"
        return failure(IMAGE, f"{told}; Docker says `denied`", f"{target.typed} --trace")
    if answer.status_code == 404:
        return _not_there(target, client, wanted, shown, error_of(answer))
    return failure(
        IMAGE,
        f"a pull of {shown} is answered {answer.status_code} {error_of(answer)}",
        f"{target.typed} --trace",
    )


def _not_there(target: Target, client: httpx.Client, wanted: Reference, shown: str, said: str) -> Verdict:
    tags = names(client.get(f"/v2/{wanted.repository}/tags/list"), "tags")
    if tags:
        near = reference.near(wanted.tag or "latest", tags)
        told = f"{wanted.repository} has {len(tags)} tags: {', '.join((near or sorted(tags))[:5])}"
        meant = f"{wanted.repository}:{(near or sorted(tags))[0]}"
    else:
        known = names(client.get("/v2/_catalog"), "repositories")
        near = reference.near(wanted.repository, known)
        told = f"near it: {', '.join(near)}" if near else "no repository of that name is seen"
        meant = f"{near[0]}:{wanted.tag or 'latest'}" if near else ""
    hint = f"{target.typed} --image {meant}" if meant else f"{target.typed} --trace"
    return failure(IMAGE, f"{shown} is not there ({said}); {told}", hint)


def _who(target: Target) -> str:
    return target.username or "nobody without a login"
