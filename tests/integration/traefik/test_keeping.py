"""What is kept as it should be: nothing is done twice, what is new is live when `up` ends, what dies comes back."""

import os
import signal
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
from dockyard.self_hosted import render_traefik

from tests.support import docker
from tests.support.composed import SERVICES, Composed
from tests.support.images import digest_of, start_upload
from tests.support.instance import new_material, wait_until
from tests.support.traefik import USERS, edit
from tests.support.wire import Wire, receive

pytestmark = [
    pytest.mark.integration,
    pytest.mark.traefik,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("traefik"),
]
PIECE = 1024


def test_a_second_up_changes_nothing_and_says_nothing(lab: Composed) -> None:
    before = lab.starts()
    assert lab.up().changes == {}
    assert (lab.lines, lab.starts()) == ([], before)
    lab.daemon.said("compose", "--file", f"{lab.plan.paths.etc}/compose.yaml", "up", "--detach")
    assert lab.starts() == before, "Docker Compose finds nothing to do"


def signs_in(lab: Composed, user: str) -> int:
    return Wire(lab.instance, user).ask("GET", "/v2/").status


def test_a_changed_user_is_live_when_up_ends_and_nothing_was_restarted(lab: Composed) -> None:
    before = lab.starts()
    assert signs_in(lab, "late") == 401
    lab.up(users={**USERS, "late": {"pull": ["**"]}})
    assert {user: signs_in(lab, user) for user in lab.settings["users"]} == dict.fromkeys(
        lab.settings["users"], 200
    )
    assert Wire(lab.instance, "late").ask("POST", "/v2/late/app/blobs/uploads/", body=b"").status == 403
    lab.up(users={**USERS, "late": {"push": ["**"]}})
    assert Wire(lab.instance, "late").ask("POST", "/v2/late/app/blobs/uploads/", body=b"").status == 202
    lab.up(users=USERS)
    assert (signs_in(lab, "late"), signs_in(lab, "ci")) == (401, 200)
    assert lab.starts() == before
    assert lab.up().changes == {}


def test_another_certificate_is_served_when_up_ends(lab: Composed) -> None:
    assert lab.material is not None
    before, kept = lab.starts(), lab.material
    other, _ = new_material(lab.settings)
    lab.material = replace(kept, certificate=other.certificate, private_key=other.private_key)
    lab.up()
    assert served(lab) == other.certificate
    lab.material = kept
    lab.up()
    assert served(lab) == kept.certificate
    assert lab.starts() == before


def served(lab: Composed) -> str:
    return ssl.get_server_certificate(("127.0.0.1", lab.plan.settings.port))


@pytest.mark.parametrize(
    "name",
    [
        "front/traefik/users.yml",
        "front/traefik/routes.yml",
        "front/traefik.yml",
        "registry.yml",
        "compose.yaml",
    ],
)
def test_a_file_that_strayed_is_told_and_mended(lab: Composed, name: str) -> None:
    path = Path(lab.plan.paths.etc) / name
    good = path.read_bytes()
    path.write_bytes(good + b"# edited\n")
    assert f'files["{path}"]' in lab.changes()
    lab.up()
    assert path.read_bytes() == good
    assert signs_in(lab, "ci") == 200
    assert lab.up().changes == {}


def test_rights_that_somebody_has_opened_by_hand_are_shut_again(lab: Composed) -> None:
    path = Path(lab.plan.paths.etc) / "front/traefik/routes.yml"
    edit(path, path.read_text().replace("rejectStatusCode: 403", "rejectStatusCode: 418"))
    wait_until(
        lambda: Wire(lab.instance, "reader").ask("GET", "/v2/_catalog").status == 418, "Traefik to watch"
    )
    lab.up()
    wait_until(
        lambda: Wire(lab.instance, "reader").ask("GET", "/v2/_catalog").status == 403, "Traefik to look again"
    )


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("fate", ["kill", "stop", "rm"])
def test_what_becomes_of_a_container_is_mended(lab: Composed, service: str, fate: str) -> None:
    image = lab.push("kept/killed", f"{service}-{fate}", f"{service} {fate}".encode())
    if fate == "kill":
        first = lab.container(service)["State"]["Pid"]
        os.kill(first, signal.SIGKILL)
        # It is gone when all of its container's are.
        wait_until(lambda: not Path(f"/proc/{first}").exists(), "its end")
    else:
        lab.daemon.said("container", *{"stop": ("stop",), "rm": ("rm", "-f")}[fate], lab.ids()[service])
        assert lab.changes()
        lab.up()
    wait_until(lab.instance.answers, f"an answer after {fate} of {service}", 120)
    assert lab.registry.pulls(image)
    wait_until(lambda: not lab.changes(), "nothing to be changed", 120)


def dribbled(lab: Composed, seconds: float) -> int:
    """The status of an upload whose bytes come slowly; 0 where the connection was cut."""
    content = os.urandom(8 * PIECE)
    with lab.client("ci") as client:
        location = start_upload(client, "slow/app").removeprefix(lab.instance.url)
    user = Wire(lab.instance, "ci")
    ((_, authorization),) = user.authorization
    head = (
        f"PUT {location}&digest={digest_of(content)} HTTP/1.1\r\nHost: {lab.plan.settings.host}\r\n"
        f"Authorization: {authorization}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    try:
        with user.connected() as connection:
            connection.sendall(head.encode())
            for place in range(0, len(content), PIECE):
                time.sleep(seconds / 8)
                connection.sendall(content[place : place + PIECE])
            return receive(connection).status
    except OSError:
        return 0


def test_a_slow_upload_is_not_cut_because_the_time_to_read_is_long(
    lab: Composed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traefik's own default is 60 s for a whole request. The same upload is cut by a time that is shorter than it takes."""
    assert dribbled(lab, 6) == 201
    monkeypatch.setattr(render_traefik, "READ_TIMEOUT", "2s")
    lab.up()
    assert dribbled(lab, 6) != 201
    monkeypatch.undo()
    lab.up()
    assert "readTimeout: 12h" in (Path(lab.plan.paths.front) / "traefik.yml").read_text()


def test_a_large_body_streams_through(lab: Composed) -> None:
    image = lab.push("large/app", "v1", os.urandom(96 << 20))
    assert lab.registry.pulls(image)


def test_the_front_is_changed_and_the_images_stay(lab: Composed) -> None:
    image = lab.push("moved/app", "v1", b"behind another front")
    lab.daemon.load(docker.IMAGES["nginx"], docker.PROGRAMS["nginx"])
    own = dict(lab.settings)
    lab.up(front="nginx", images=docker.IMAGES)
    assert lab.container("front")["HostConfig"]["NetworkMode"] == "host"
    assert not Path(render_traefik.folder(lab.plan)).exists()
    wait_until(lab.instance.answers, "NGINX to answer")
    assert lab.registry.pulls(image)
    lab.settings = own
    lab.up()
    wait_until(lab.instance.answers, "Traefik to answer")
    assert lab.registry.pulls(image)
    assert lab.up().changes == {}
