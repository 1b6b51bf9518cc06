"""Our front against the usual ways to serve the same store: a big layer, small objects, pushes."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.client import Client
from tests.benchmarks.measure import Row, Sample, at_least, at_most, compare, rounds, sample
from tests.benchmarks.peers import (
    COMMON_BUFFERING,
    TUNED_BUFFERING,
    Material,
    Peer,
    nginx_recipe,
    registry_tls,
    static_files,
)
from tests.support import instance
from tests.support.instance import PASSWORDS, SETTINGS

MIB = 1 << 20
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LIMIT, OURS = "plain static file", "ours"
TUNED, COMMON, COST_10, ITSELF = (
    "recipe, tuned",
    "recipe, buffering off",
    "recipe, bcrypt 10",
    "registry's own TLS",
)
BLOBS = 20


@dataclass(frozen=True)
class Sizes:
    """How much is moved."""

    layer: int
    push: int
    small_rounds: int
    repeats: int


FULL = Sizes(layer=1024 * MIB, push=256 * MIB, small_rounds=40, repeats=5)
QUICK = Sizes(layer=8 * MIB, push=8 * MIB, small_rounds=2, repeats=1)


@dataclass(frozen=True)
class Field:
    """Every contender, running on one store, and what is in it."""

    clients: Mapping[str, Client]
    peers: Mapping[str, Peer]
    layer: str
    manifest: str
    blobs: tuple[str, ...]

    def spent(self, name: str, run: Callable[[], None]) -> Sample:
        return sample(run, self.peers[name].pids)


def measure_all(quick: bool) -> Iterator[Row]:
    sizes = QUICK if quick else FULL
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="dockyard-bench-", dir=memory if memory.is_dir() else None))
    try:
        with contextlib.ExitStack() as stack:
            field = _start(stack, folder, sizes)
            yield from _big_layer(field, sizes)
            yield from _small_objects(field, sizes)
            yield from _pushes(field, folder, sizes)
    finally:
        shutil.rmtree(folder)


def _big_layer(field: Field, sizes: Sizes) -> Iterator[Row]:
    names = (OURS, LIMIT, TUNED, COMMON, ITSELF)
    paths = dict.fromkeys(names, f"/v2/bench/big/blobs/{field.layer}")
    paths[LIMIT] = f"/{field.layer[7:9]}/{field.layer[7:]}/data"
    taken = rounds({name: _pull(field, name, [paths[name]]) for name in names}, sizes.repeats)
    speed = {name: [sizes.layer / MIB / one.wall for one in samples] for name, samples in taken.items()}
    cpu = {name: [one.cpu for one in samples] for name, samples in taken.items()}
    for peer, goal in ((LIMIT, 0.95), (TUNED, 1.3), (COMMON, 2.0), (ITSELF, 1.0)):
        yield compare(f"big layer, MiB/s / {peer}", "MiB/s", speed[OURS], speed[peer], at_least(goal))
    for peer, bound in ((LIMIT, 1.1), (TUNED, 1 / 1.5), (COMMON, 0.5), (ITSELF, 1.5)):
        yield compare(f"big layer, server CPU / {peer}", "s", cpu[OURS], cpu[peer], at_most(round(bound, 2)))


def _small_objects(field: Field, sizes: Sizes) -> Iterator[Row]:
    once = [f"/v2/bench/small/blobs/{digest}" for digest in field.blobs]
    once.append(f"/v2/bench/small/manifests/{field.manifest}")
    many = once * sizes.small_rounds
    # One check at cost 10 takes as long as hundreds of our requests: fewer of them give the same figure a request.
    wanted = {OURS: many, TUNED: many, ITSELF: many, COST_10: once}
    taken = rounds({name: _pull(field, name, paths) for name, paths in wanted.items()}, sizes.repeats)
    rate = {name: [len(wanted[name]) / one.cpu for one in samples] for name, samples in taken.items()}
    for peer, goal in ((TUNED, 10), (COST_10, 100), (ITSELF, 5)):
        name = f"small objects, requests per server CPU second / {peer}"
        yield compare(name, "1/s", rate[OURS], rate[peer], at_least(goal))


def _pushes(field: Field, folder: Path, sizes: Sizes) -> Iterator[Row]:
    names = (OURS, TUNED, ITSELF)

    def push(name: str) -> Callable[[], Sample]:
        def run() -> Sample:
            layer = folder / "push"
            digest = _write_layer(layer, sizes.push)
            taken = field.spent(name, lambda: field.clients[name].push("bench/push", digest, layer))
            hexadecimal = digest.removeprefix("sha256:")
            # What was pushed is not needed again, and memory is not without end.
            shutil.rmtree(_blobs(folder / "store") / hexadecimal[:2] / hexadecimal)
            return taken

        return run

    taken = rounds({name: push(name) for name in names}, sizes.repeats)
    speed = {name: [sizes.push / MIB / one.wall for one in samples] for name, samples in taken.items()}
    for peer in (TUNED, ITSELF):
        yield compare(f"push, MiB/s / {peer}", "MiB/s", speed[OURS], speed[peer], at_least(0.95))


def _pull(field: Field, name: str, paths: list[str]) -> Callable[[], Sample]:
    return lambda: field.spent(name, lambda: field.clients[name].get(paths))


def _start(stack: contextlib.ExitStack, folder: Path, sizes: Sizes) -> Field:
    settings: dict[str, Any] = {**SETTINGS, "storage": str(folder / "store"), "bcrypt_cost": 5}
    ours = stack.enter_context(instance.running(settings))
    etc = Path(ours.plan.paths.front)
    material = Material(
        store=folder / "store",
        certificate=etc / "tls/certificate.pem",
        key=etc / "tls/private.key",
        htpasswd={cost: _htpasswd("ci", PASSWORDS["ci"], cost) for cost in (5, 10)},
    )
    peers = {
        OURS: Peer(ours.url, (ours.pid("supervisord.pid"),)),
        TUNED: stack.enter_context(nginx_recipe(folder / "tuned", material, 5, TUNED_BUFFERING)),
        COMMON: stack.enter_context(nginx_recipe(folder / "common", material, 5, COMMON_BUFFERING)),
        COST_10: stack.enter_context(nginx_recipe(folder / "cost10", material, 10, TUNED_BUFFERING)),
        ITSELF: stack.enter_context(registry_tls(folder / "itself", material)),
        LIMIT: stack.enter_context(static_files(folder / "static", material, _blobs(folder / "store"))),
    }
    user = f"ci:{PASSWORDS['ci']}"
    clients = {
        name: Client(peer.url, ours.authority, "" if name == LIMIT else user) for name, peer in peers.items()
    }
    layer, manifest, blobs = _fill(clients[OURS], folder, sizes)
    return Field(clients, peers, layer, manifest, blobs)


def _fill(client: Client, folder: Path, sizes: Sizes) -> tuple[str, str, tuple[str, ...]]:
    """Pushes the big layer and the small image; their digests."""
    path = folder / "layer"
    layer = _write_layer(path, sizes.layer)
    client.push("bench/big", layer, path)
    descriptors = []
    for number in range(BLOBS):
        size = 1024 * (1 + number % 8)
        digest = _write_layer(path, size)
        client.push("bench/small", digest, path)
        descriptors.append({"mediaType": "application/octet-stream", "digest": digest, "size": size})
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptors[0],
        "layers": descriptors[1:],
    }
    text = json.dumps(manifest).encode()
    path.write_bytes(text)
    client.put_manifest("bench/small", "v1", path, MANIFEST_TYPE)
    path.unlink()
    return layer, f"sha256:{hashlib.sha256(text).hexdigest()}", tuple(one["digest"] for one in descriptors)


def _write_layer(path: Path, size: int) -> str:
    """A file of random bytes, as compressed layers look to a disk; its digest."""
    sha = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            chunk = os.urandom(min(MIB, size - start))
            sha.update(chunk)
            file.write(chunk)
    return f"sha256:{sha.hexdigest()}"


def _blobs(store: Path) -> Path:
    return store / "docker/registry/v2/blobs/sha256"


def _htpasswd(user: str, password: str, cost: int) -> str:
    line = subprocess.run(
        ["htpasswd", "-niBC", str(cost), user], input=password, capture_output=True, text=True, check=True
    )
    return line.stdout.strip()
