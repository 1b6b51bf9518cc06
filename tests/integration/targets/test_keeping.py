"""What is kept as it should be: nothing is done twice, what strays is mended, what dies comes back."""

import pytest

from tests.support.deployed import Deployed, Main
from tests.support.instance import USERS, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_a_second_up_changes_nothing_and_says_nothing(lab: Deployed) -> None:
    before = lab.running()
    assert {main.role for main in before} >= {"registry", "front"}
    assert lab.up().changes == {}
    assert lab.lines == []
    assert lab.running() == before


def test_a_new_user_restarts_nothing(lab: Deployed) -> None:
    before = lab.running()
    with lab.client("late") as late:
        assert late.get("/v2/").status_code == 401
    lab.up(users={**USERS, "late": {"admin": True}})
    for user in lab.settings["users"]:
        with lab.client(user) as client:
            assert client.get("/v2/").status_code == 200, user
    assert lab.running() == before
    lab.up(users=USERS)
    with lab.client("late") as late, lab.client("ci") as ci:
        assert late.get("/v2/").status_code == 401
        assert ci.get("/v2/").status_code == 200
    assert lab.running() == before


@pytest.mark.parametrize(
    ("name", "told"), [("front/nginx.conf", "was edited"), ("registry.yml", "is missing")]
)
def test_a_file_that_strayed_is_told_and_mended(lab: Deployed, name: str, told: str) -> None:
    path = f"{lab.plan.paths.etc}/{name}"
    file = lab.path(path)
    good = file.read_bytes()
    if told == "was edited":
        file.write_bytes(good + b"# edited\n")
    else:
        file.unlink()
    assert f'files["{path}"]' in lab.changes()
    assert f"drift: {path} {told}" in lab.lines
    lab.up()
    assert file.read_bytes() == good
    wait_until(lab.instance.answers, "the front to answer")
    assert lab.up().changes == {}


@pytest.mark.parametrize("service", ["registry", "front"])
def test_a_stopped_service_is_told_and_started(lab: Deployed, service: str) -> None:
    image = lab.push("team/stopped", service, service.encode())
    lab.stop(service)
    assert service not in {main.role for main in lab.running()}
    number = [each["name"].endswith(service) for each in lab.inputs()["services"]].index(True)
    assert f"services[{number}]" in lab.changes()
    lab.up()
    wait_until(lab.instance.answers, "the front to answer")
    assert lab.registry.pulls(image)
    assert lab.up().changes == {}


def test_whatever_is_killed_comes_back_by_itself_and_nothing_is_lost(lab: Deployed) -> None:
    image = lab.push("team/killed", "v1", b"killed" * 1000)
    wait_until(lambda: len({main.role for main in lab.running()}) == len(lab.running()), "each to run once")
    roles = [main.role for main in lab.running()]
    for role in roles:
        (victim,) = (main for main in lab.running() if main.role == role)
        lab.said("kill", "-KILL", str(victim.pid))

        def back(victim: Main = victim) -> bool:
            found = lab.running()
            return victim not in found and [main.role for main in found] == roles and not lab.changes()

        wait_until(back, f"everything to run again after {role} was killed", seconds=120)
        wait_until(lab.instance.answers, f"an answer after {role} was killed")
        assert lab.registry.pulls(image), role
    assert lab.up().changes == {}
