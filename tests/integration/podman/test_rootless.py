"""A registry of a user who is not root, run by podman that is not root's either, as he himself sets it up."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.self_hosted.docker import refusal

from tests.support.docker import IMAGES
from tests.support.instance import wait_until
from tests.support.ordinary import User, UsersClone
from tests.support.podman import Podman, missing
from tests.support.processes import statuses

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("podman"),
]


@pytest.fixture(scope="module")
def podman(user: User) -> Iterator[Podman]:
    if reason := missing():
        pytest.skip(reason)
    with Podman(Path(tempfile.mkdtemp(prefix="dockyard-podman-")), user=user).ready() as made:
        yield made


@pytest.fixture(scope="module")
def clone(user: User, podman: Podman) -> Iterator[UsersClone]:
    """With a registry that is up."""
    made = UsersClone(user)
    made.settings |= {"runtime": "compose", "images": IMAGES, "deletion": "delete"}
    made.environment |= podman.environment
    made.up()
    yield made
    made.dockyard("destroy", "-s", "local", "--yes")
    wait_until(lambda: not made.pids(), "all of it to end")


def test_it_answers_under_its_user_s_rights_alone(clone: UsersClone, podman: Podman, user: User) -> None:
    clone.wait_until_it_answers()
    assert clone.get("/v2/", password="wrong") == "401"
    number = user.gives("id", "-u")
    found = clone.pids()
    for part in ("registry serve", "nginx: master", "supervisord"):
        assert part in str(found)
    for each in statuses(map(int, found)):
        assert set(each["Uid"].split()) == {number}, each["Name"]
        assert int(each["CapEff"], 16) == 0, each["Name"]
    ids = podman.said("container", "ls", "--quiet").split()
    assert len(ids) == 2
    for each in json.loads(podman.said("container", "inspect", *ids)):
        assert each["HostConfig"]["ReadonlyRootfs"]
        assert each["Config"]["User"].split(":")[0] == number, "no root in there either"


def test_a_second_up_changes_nothing(clone: UsersClone) -> None:
    before = staying(clone)
    assert "no changes" in clone.up()
    assert staying(clone) == before


def staying(clone: UsersClone) -> dict[str, str]:
    """Without the jobs that are run by the clock."""
    return {
        pid: text for pid, text in clone.pids().items() if "ops.pyz" not in text or "ops.pyz keep" in text
    }


def test_a_new_user_restarts_nothing(clone: UsersClone) -> None:
    before = clone.pid_of("registry")
    clone.settings["users"]["late"] = {"pull": ["**"]}
    clone.up()
    assert clone.get("/v2/", "late") == "200"
    assert clone.pid_of("registry") == before


def test_the_audit_log_has_the_client_s_own_address(clone: UsersClone) -> None:
    """podman without root shares this machine's network with such a container, which rootless Docker cannot."""
    assert clone.get("/v2/_catalog", "admin") == "200"
    log, found = Path(clone.paths.log) / "audit.log", []

    def written() -> bool:
        found[:] = [line for line in log.read_text().splitlines() if "/v2/_catalog" in line]
        return bool(found)

    wait_until(written, "the line of a request, which follows its answer")
    assert json.loads(found[-1])["address"] == "127.0.0.1"


def test_what_strays_is_mended_and_what_dies_comes_back(clone: UsersClone) -> None:
    configuration = Path(clone.paths.front) / "nginx.conf"
    good = configuration.read_text()
    configuration.write_text(good + "# edited\n")
    clone.up()
    assert configuration.read_text() == good
    victim = clone.pid_of("registry")
    clone.user.gives("kill", "-KILL", str(victim))
    wait_until(
        lambda: [pid for pid, line in clone.pids().items() if "registry serve" in line] not in ([], [victim]),
        "podman to start it again",
        seconds=120,
    )
    clone.wait_until_it_answers()
    assert "no changes" in clone.up()


def test_the_doctor_names_it(clone: UsersClone) -> None:
    # A test's machine trusts no certificate of a test's, which is a warning.
    done = clone.dockyard("doctor", "-s", "local", "--json", ok=False)
    checks = json.loads(done.stdout)["checks"]
    found = next(check for check in checks if check["name"] == "containers")
    assert (found["status"], found["evidence"][:8]) == ("ok", "podman 4")


def test_a_limit_that_this_host_does_not_let_him_set_is_refused(clone: UsersClone) -> None:
    group = f"/sys/fs/cgroup/user.slice/user-{clone.user.gives('id', '-u')}.slice"
    assert not Path(group).exists(), "he has not signed in"
    clone.settings["memoryLimit"] = "512M"
    said = clone.up(ok=False)
    del clone.settings["memoryLimit"]
    assert "memory_limit: containers of this user cannot be limited: no cgroups are his" in said
    assert "Delegate=cpu memory pids" in said


def test_root_is_told_that_it_is_another_s(clone: UsersClone, podman: Podman, user: User) -> None:
    found = refusal({**user.environment, **podman.environment})
    assert found is not None
    assert found.reason.startswith(f"podman is run by {user.name}, ")
