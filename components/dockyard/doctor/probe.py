"""An image pushed, pulled and deleted: what a registry is for, tried out. Its layer goes in chunks, and past small limits."""

import io
import random
import secrets
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx

from dockyard.doctor.target import Target
from dockyard.errors import DockyardError
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning
from dockyard.registry_client import Image, RegistryClient, digest_of, scratch_image
from dockyard.smoke import REPOSITORY

STEPS = (
    "probe: chunked push",
    "probe: image push",
    "probe: pull by tag",
    "probe: pull by digest",
    "probe: delete",
)
CHUNK, LAYER = 2 << 20, 5 << 20
Connect = Callable[[Target], httpx.Client]
"""A client that signs in as the target's user."""


def layer() -> bytes:
    """A tar archive that does not compress, the same every time: until it collects garbage, a registry keeps it once."""
    content = random.Random(LAYER).randbytes(LAYER)  # noqa: S311 -- no secret
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("scratch")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def probe(target: Target, connect: Connect) -> list[Verdict]:
    """Each step up to the first that fails; what was pushed is deleted whatever happens."""
    repository, tag = target.repository or REPOSITORY, f"doctor-{secrets.token_hex(4)}"
    image = scratch_image(f"pushed by `dockyard doctor` as {tag}", layer())
    with connect(target) as talk:
        client = RegistryClient.over(talk)
        found = list(_pushed_and_pulled(target, client, repository, tag, image))
    deleted = (
        _delete(target, connect, repository, image)
        if len(found) > 2
        else skipped(STEPS[4], "no image was pushed")
    )
    rest = [skipped(name, f"after {found[-1].name}") for name in STEPS[len(found) : 4]]
    return [*found, *rest, deleted]


def _pushed_and_pulled(
    target: Target, client: RegistryClient, repository: str, tag: str, image: Image
) -> Iterator[Verdict]:
    steps: list[tuple[Callable[[], object], str]] = [
        (
            lambda: client.push_in_chunks(repository, image.layer, CHUNK),
            f"{len(image.layer) >> 20} MiB in chunks of 2",
        ),
        (lambda: client.push(repository, tag, image), f"{repository}:{tag}"),
        (
            lambda: _same(client.pull(repository, tag), image),
            f"{repository}:{tag}, the bytes that were pushed",
        ),
        (
            lambda: _same(client.pull(repository, image.digest), image),
            f"{image.digest[:19]}..., the bytes that were pushed",
        ),
    ]
    for name, (step, evidence) in zip(STEPS, steps, strict=False):
        try:
            step()
        except DockyardError as error:
            if name == STEPS[0] and any(
                f": {status}, not" in error.message for status in (400, 404, 405, 416, 501)
            ):
                yield warning(
                    name, f"chunks are not taken: {error.message}", f"{target.typed} --probe --trace"
                )
                continue
            yield failure(name, error.message, f"{target.typed} --probe --trace")
            return
        except httpx.HTTPError as error:
            yield failure(name, f"{target.place}: {error}", f"{target.typed} --probe --trace")
            return
        yield ok(name, evidence)


def _same(pulled: bytes, image: Image) -> None:
    if pulled != image.manifest:
        raise DockyardError("the manifest has other bytes than the one that was pushed")


def _delete(target: Target, connect: Connect, repository: str, image: Image) -> Verdict:
    """As the user, or as the first of those that are known who may."""
    name, told = STEPS[4], ""
    for user, password in {target.username: target.password, **target.users}.items():
        with connect(replace(target, username=user, password=password)) as talk:
            client = RegistryClient.over(talk)
            try:
                client.delete(repository, image.digest)
            except (DockyardError, httpx.HTTPError) as error:
                told = told or _why(user, str(error))
                continue
            kept = [kind for kind, digest in _blobs(image) if not _gone(client, repository, digest)]
        left = f"; its {' and '.join(kept)} stay until the registry collects garbage" if kept else ""
        return ok(name, f"{repository}@{image.digest[:19]}... is gone{left}")
    where = f"{target.place}/{repository}@{image.digest}"
    return warning(name, f"{where} is left behind: {told}", f"skopeo delete docker://{where}")


def _why(user: str, message: str) -> str:
    refused = {
        401: f"{user} may not delete",
        403: f"{user} may not delete",
        405: "this registry deletes nothing",
    }
    return next(
        (f"{text} ({status})" for status, text in refused.items() if f": {status}, not" in message), message
    )


def _blobs(image: Image) -> list[tuple[str, str]]:
    described = {"layer": image.layer, "configuration": image.config}
    return [(kind, digest_of(content)) for kind, content in described.items()]


def _gone(client: RegistryClient, repository: str, digest: str) -> bool:
    """Many registries let nobody delete blobs."""
    try:
        client.delete_blob(repository, digest)
    except (DockyardError, httpx.HTTPError):
        return False
    return True
