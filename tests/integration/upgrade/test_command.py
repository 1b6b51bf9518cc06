"""The change as a person makes it: `dockyard preview` and `up` of a stack. As root the accounts differ, too."""

import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.test_make_up import MISSING
from tests.support.clone import Clone
from tests.support.images import Image, push_image
from tests.support.instance import wait_until
from tests.support.registry3 import registry3
from tests.support.upgrades import script

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("make-up"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the registry's account can run programs: pytest's own folders are closed to it."""
    made = Path(tempfile.mkdtemp(dir="/opt" if os.geteuid() == 0 else None))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def three(folder: Path) -> str:
    return str(shutil.copy(registry3(), folder / "registry3"))


@pytest.fixture(scope="module")
def clone(three: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    made = Clone(tmp_path_factory.mktemp("upgrade"))
    made.settings |= {"runtime": "supervisor", "reserve": "0"}
    try:
        made.up()
        made.image = pushed(made, "v1")
        yield made
    finally:
        made.settings |= {"deletion": "delete", "version": "2", "program": "", "upgrade": {}}
        made.run("make", "up")
        made.dockyard("destroy", "-s", "local", "--yes")
        assert not made.pids()


def client(clone: Clone) -> httpx.Client:
    outputs = clone.outputs()
    trust = ssl.create_default_context(cadata=outputs["caCertificate"])
    return httpx.Client(
        base_url=f"https://{outputs['host']}",
        auth=("ci", outputs["users"]["ci"]),
        verify=trust,
        timeout=60,
    )


def pushed(clone: Clone, tag: str) -> Image:
    with client(clone) as made:
        return push_image(made, "team/app", tag, f"layer of {tag}".encode())


def pulls(clone: Clone) -> bool:
    image: Image = clone.image
    with client(clone) as made:
        return made.get(f"/v2/team/app/blobs/{image.layer}").content == image.content


def wanted(clone: Clone, program: str) -> None:
    clone.settings |= {"version": "3", "program": program}


def test_a_preview_says_plainly_what_will_change_and_changes_nothing(clone: Clone, three: str) -> None:
    before = clone.pids()
    wanted(clone, three)
    text = clone.dockyard("preview", "-s", "local").stderr
    assert f"the registry changes from version 2 (/usr/bin/docker-registry) to version 3 ({three})" in text
    assert clone.pids() == before


def test_a_program_that_breaks_is_taken_back_and_the_exit_code_is_1(
    clone: Clone, three: str, folder: Path
) -> None:
    fails = f'[ "$2" = {clone.paths.etc}/registry.yml ] && exit 3\nexec {three} "$@"\n'
    wanted(clone, script(folder / "fails", fails))
    text = clone.up(ok=False)
    assert f"registry 3 ({clone.settings['program']}) failed: registry: does not run" in text
    assert "registry 2 (/usr/bin/docker-registry) is back and serves" in text
    assert clone.pid_of("docker-registry")
    assert pulls(clone)
    assert not Path(clone.paths.read_only).exists()


def test_a_killed_engine_leaves_a_registry_that_the_next_up_finishes(clone: Clone, three: str) -> None:
    wanted(clone, three)
    clone.run("true")
    command = [".venv/bin/dockyard", "up", "-s", "local", "--yes"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    engine = subprocess.Popen(command, cwd=clone.root, env=clone.environment, **quiet)
    switch = Path(clone.paths.read_only)
    # Other tests may hold this machine's lock for a while.
    wait_until(lambda: switch.exists() or engine.poll() is not None, "the writes to be closed", 600)
    os.killpg(engine.pid, signal.SIGKILL)
    assert engine.wait() == -signal.SIGKILL
    wait_until(lambda: not switch.exists(), "writes to be let in again", 240)
    clone.up()
    assert "no changes" in clone.up()
    assert any(three in text for text in clone.pids().values())
    assert pulls(clone)
    assert pushed(clone, "v2")


def test_the_store_belongs_to_its_owner_and_the_way_back_is_the_same(clone: Clone) -> None:
    store = Path(clone.paths.store)
    assert {path.owner() for path in store.rglob("*")} == {store.owner()}
    assert not Path(clone.paths.run, "registry/rehearsal").exists()
    clone.settings |= {"version": "2", "program": ""}
    clone.up()
    deadline = time.monotonic() + 60
    while not pulls(clone):
        assert time.monotonic() < deadline
    assert clone.pid_of("docker-registry")
