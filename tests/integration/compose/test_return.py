"""Another image of the registry, or of its front, put in place with a way back."""

import contextlib
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.agent.record import Record

from tests.integration.conformance.test_conformance import count, verdicts
from tests.integration.ops.test_kills import lost
from tests.support.composed import Composed, composed
from tests.support.docker import IMAGES, PROGRAMS, Daemon, foreign
from tests.support.go import BINARIES
from tests.support.instance import PASSWORDS, wait_until
from tests.support.operations import BY_HAND
from tests.support.processes import below_this_one
from tests.support.pushing import Pushing
from tests.support.registry3 import registry3
from tests.support.upgrades import answered, script

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("docker-return"),
]
SAYS = 'if [ "$1" = --version ]; then echo registry v3.1.1; exit; fi\n'
ENDS = "echo 'no such disk' >&2\nexit 3\n"
HANGS = "exec sleep 1000\n"


@pytest.fixture(scope="module")
def three(daemon: Daemon) -> str:
    daemon.load("registry:3.1.1", {"/bin/registry": str(registry3())})
    return "registry:3.1.1"


@pytest.fixture(scope="module")
def lab(daemon: Daemon, three: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Version 2 at work, with a few images and a backup."""
    # Nothing by the clock: garbage collection refuses writes, and a scrub holds the lock that a backup wants.
    by_hand = {"backup": BY_HAND, "scrub": {"every_days": 0}, "upkeep": {"gc_every_days": 0}}
    with composed(daemon, tmp_path_factory.mktemp("return"), **by_hand).cleared() as made:
        made.up()
        for number in range(3):
            made.push(f"team/app{number}", "v1", f"layer {number}".encode())
        made.operations("backup")
        yield made


def everything(lab: Composed) -> dict[str, bytes]:
    with lab.client("admin") as client:
        return answered(client)


def serves(lab: Composed, version: str) -> bool:
    """This version, with writes let in, and nothing left to do."""
    program = f"/proc/{lab.container('registry')['State']['Pid']}/root/bin/registry"
    said = lab.said("env", "OTEL_TRACES_EXPORTER=none", program, "--version")
    assert lab.up().changes == {}
    assert record(lab).registry["version"] == version
    assert not Path(lab.plan.paths.read_only).exists()
    assert not lab.daemon.said("container", "ls", "--all", "--quiet", "--filter", "label=dockyard.kept")
    return f" {version}." in said.replace(" v", " ")


def record(lab: Composed) -> Record:
    return Record.load(Path(f"/etc/dockyard/.{lab.id}.json"))


def to(image: str, **more: object) -> dict[str, object]:
    return {"version": "3", "images": {**IMAGES, "registry": image}, **more}


def load(lab: Composed, folder: Path, name: str, text: str, **more: str) -> str:
    """An image whose registry is a shell script, with registry:3 beside it."""
    programs = {"/bin/registry": script(folder / "registry", text), "/bin/registry3": str(registry3())}
    lab.daemon.load(f"{name}:3.1.1", programs | more)
    return f"{name}:3.1.1"


def test_pushes_and_pulls_go_on_from_2_to_3_and_back(lab: Composed, three: str) -> None:
    before, pushing, front = everything(lab), Pushing(lab.instance), lab.starts()["front"]
    settings = dict(lab.settings)
    with pushing.at_work(2):
        wait_until(lambda: len(pushing.acknowledged) > 2, "a few pushes")
        lab.lines.clear()
        lab.up(**to(three))
        assert "looked at, before and after" in lab.lines[-1]
        during = len(pushing.acknowledged)
        wait_until(lambda: len(pushing.acknowledged) > during + 2, "a few more")
    assert serves(lab, "3")
    assert everything(lab).items() >= before.items()
    lab.settings = settings
    lab.up()
    assert serves(lab, "2")
    assert everything(lab).items() >= before.items()
    assert (pushing.failures, lost(lab.registry, pushing.acknowledged)) == ([], [])
    paused = [answer for answer in pushing.refusals if answer.status_code == 503]
    assert paused, "the change was not seen"
    assert all("Retry-After" in answer.headers for answer in paused)
    assert lab.starts()["front"] == front


BAD: dict[str, Callable[[Path], tuple[str, dict[str, str], str]]] = {
    "ends": lambda _: (SAYS + ENDS, {}, "the scratch registry does not start:\n    no such disk"),
    "is for another machine": lambda folder: (
        "",
        {"/bin/sh": foreign("/bin/sh", folder), "/bin/registry": foreign(str(registry3()), folder)},
        "exec format error",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_one_that_never_works_is_found_before_anything_changes(
    lab: Composed, tmp_path: Path, kind: str
) -> None:
    before, starts = everything(lab), lab.starts()
    text, more, told = BAD[kind](tmp_path)
    assert told in lab.refused(**to(load(lab, tmp_path, f"never-{len(kind)}", text, **more)))
    assert (lab.starts(), everything(lab)) == (starts, before)
    assert serves(lab, "2")


@pytest.mark.parametrize("kind", ["ends", "hangs", "loses images"])
def test_one_that_fails_when_it_counts_gives_way_to_the_old_one(
    lab: Composed, tmp_path: Path, kind: str
) -> None:
    """It passes the trial beside the running one, and fails with the real configuration."""
    before, paths = everything(lab), lab.plan.paths
    empty = f"export REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY={paths.store}/empty\n"
    acts = {"ends": ENDS, "hangs": HANGS, "loses images": empty}
    when = f'if [ "$2" = {paths.etc}/registry.yml ]; then\n{acts[kind]}fi\n'
    image = load(lab, tmp_path, kind.split()[0], f'{when}exec /bin/registry3 "$@"\n')
    text = lab.refused(**to(image))
    assert f"registry 3 ({image}) failed: " in text
    told = {
        "ends": "no such disk",
        "hangs": "container-registry is not well: the registry has no socket",
        "loses images": "team/app0:v1: its manifest is answered 404",
    }
    assert told[kind] in text
    assert f"registry 2 ({IMAGES['registry']}) behind {IMAGES['nginx']} is back and serves" in text
    assert everything(lab) == before
    assert serves(lab, "2")
    assert lab.registry.pulls(lab.push("team/later", kind.split()[0], b"pushed afterwards"))


ODD = """cp -r {front} /tmp/front
sed -i 's#location = /v2/ {{#& return 418;#' /tmp/front/nginx.conf
exec /usr/sbin/other -c /tmp/front/nginx.conf "$3" "$4"
"""
"""Healthy, but for what clients ask first."""


def test_a_front_that_fails_gives_way_and_another_takes_its_place(
    lab: Composed, daemon: Daemon, tmp_path: Path
) -> None:
    registry, others = lab.starts()["registry"], {"/usr/sbin/other": "/usr/sbin/nginx"}
    others |= {f"/bin/{name}": f"/bin/{name}" for name in ("cp", "sed")}
    fronts = {
        ENDS: ("container-front does not run", "no such disk"),
        ODD.format(front=lab.plan.paths.front): (
            "the front answers /v2/ with 418, and asks for no password",
        ),
    }
    for act, told in fronts.items():
        wrapped = script(tmp_path / "nginx", f'[ "$1" = -t ] && exit\n{act}')
        daemon.load("front:1", PROGRAMS["nginx"] | {"/usr/sbin/nginx": wrapped} | others)
        text = lab.refused(images={**IMAGES, "nginx": "front:1"})
        for part in ("the front (front:1) failed: ", *told, "is back and serves"):
            assert part in text
    assert "checks/nginx -t: failed" in lab.refused(images={**IMAGES, "nginx": IMAGES["registry"]})
    daemon.said("tag", IMAGES["nginx"], "nginx:1.31.0")
    lab.up(images={**IMAGES, "nginx": "nginx:1.31.0"})
    assert lab.container("front")["Config"]["Image"] == "nginx:1.31.0"
    assert lab.starts()["registry"] == registry
    lab.up(images=IMAGES)
    assert serves(lab, "2")


def written(lab: Composed) -> bool:
    return "maxtags" in Path(lab.plan.paths.etc, "registry.yml").read_text()


def recreated(lab: Composed) -> bool:
    with contextlib.suppress(AssertionError, KeyError, IndexError):
        return bool(lab.container("registry")["Config"]["Image"] == "registry:3.1.1")
    return False


def tried(lab: Composed) -> bool:
    return "rehearsal" in lab.daemon.said("container", "ls", "--all", "--format", "{{.Names}}")


POINTS: dict[str, Callable[[Composed], bool]] = {
    "tried": tried,
    "written": written,
    "recreated": recreated,
}


def killed(lab: Composed, point: str, three: str) -> None:
    """The change, with its agent killed there; the state is what it was."""
    errors: list[DockyardError] = []

    def change() -> None:
        try:
            lab.up(**to(three))
        except DockyardError as error:
            errors.append(error)

    thread = threading.Thread(target=change)
    thread.start()
    wait_until(lambda: POINTS[point](lab) or not thread.is_alive(), f"the change to be {point}", 300)
    # The agent alone, which comes before what is below it: a child of it lets writes in again.
    os.kill(below_this_one("agent/__main__.py")[0], signal.SIGKILL)
    thread.join()
    assert errors, "the change had ended before it was killed"
    wait_until(lambda: not Path(lab.plan.paths.read_only).exists(), "writes to be let in again", 120)


def test_an_image_that_lost_its_name_and_a_missing_backup_are_told_first(
    lab: Composed, daemon: Daemon, three: str
) -> None:
    daemon.said("tag", IMAGES["nginx"], "nginx:kept")
    daemon.said("rmi", "--force", IMAGES["nginx"])
    try:
        text = lab.refused(version="3", images={"registry": three, "nginx": "nginx:kept"})
        assert f"{IMAGES['nginx']}, which runs, has lost its name on this host: no way back" in text
    finally:
        daemon.said("tag", "nginx:kept", IMAGES["nginx"])
    remembered = lab.registry.state / "backup.json"
    text = remembered.read_text()
    remembered.unlink()
    try:
        assert "the registry's program is not changed: there is no backup yet" in lab.refused(**to(three))
    finally:
        remembered.write_text(text)
    assert serves(lab, "2")


@pytest.mark.parametrize("point", ["tried", "recreated"])
def test_a_change_that_was_killed_is_given_up_with_the_settings(
    lab: Composed, three: str, point: str
) -> None:
    before, settings = everything(lab), dict(lab.settings)
    killed(lab, point, three)
    wait_until(lambda: not tried(lab), "the trial to end with who had begun it", 300)
    assert lab.daemon.run("rmi", IMAGES["registry"]).returncode, "the old image could have been removed"
    lab.settings = settings
    lab.up()
    assert serves(lab, "2")
    assert everything(lab) == before


def conforms(lab: Composed, folder: Path) -> Counter[str]:
    """The verdicts of the OCI conformance program, through the front."""
    found = verdicts(
        BINARIES / "conformance",
        folder,
        OCI_REGISTRY=lab.plan.settings.host,
        OCI_TLS="enabled",
        OCI_USERNAME="admin",
        OCI_PASSWORD=PASSWORDS["admin"],
        SSL_CERT_FILE=str(lab.folder / "ca.crt"),
    )
    # It leaves repositories without a tag, and images that no other client here understands.
    shutil.rmtree(lab.registry.tree / "repositories/conformance")
    return count(found)


def test_a_killed_change_is_finished_by_the_next_up(lab: Composed, three: str, tmp_path: Path) -> None:
    """The last one here: the registry stays at 3."""
    # Another test may build it meanwhile.
    there = (BINARIES / "conformance").exists()
    at_2 = conforms(lab, tmp_path / "2") if there else Counter[str]()
    before = everything(lab)
    killed(lab, "written", three)
    lab.up()
    assert serves(lab, "3")
    assert everything(lab) == before
    at_3 = conforms(lab, tmp_path / "3") if there else Counter[str]()
    print(f"at 2: {dict(at_2)}, at 3: {dict(at_3)}")
    assert at_3["passed"] >= at_2["passed"]
    assert at_3["failure"] <= at_2["failure"]
    assert not tried(lab)
