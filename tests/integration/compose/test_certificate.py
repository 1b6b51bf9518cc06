"""A certificate by ACME in front of containers: obtained on the host, read by a front that is nobody's root, loaded without a restart."""

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.acme import DOMAIN, Authority, authority, client, shown
from tests.support.composed import Composed, composed
from tests.support.docker import IMAGES, Daemon
from tests.support.images import push_image
from tests.support.instance import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("docker-return"),
]


@pytest.fixture(scope="module")
def ca() -> Iterator[Authority]:
    with authority() as made:
        yield made


@pytest.fixture(scope="module")
def certified(daemon: Daemon, ca: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that had one under supervisord already."""
    folder, settings = tmp_path_factory.mktemp("certified"), {"domain": DOMAIN, "runtime": "supervisor"}
    with composed(daemon, folder, certificate=ca.certificate(), **settings).cleared() as made:
        del made.settings["images"]
        made.up()
        made.operations("certificate")
        made.up(runtime="compose", images=IMAGES)
        yield made


def trusted(lab: Composed, ca: Authority) -> bool:
    with contextlib.suppress(httpx.TransportError), client(lab.instance, ca.root()) as signed_in:
        return signed_in.get("/v2/").status_code == 200
    return False


def another(lab: Composed, former: str) -> bool:
    with contextlib.suppress(OSError):
        return shown(lab.instance) != former
    return False


def test_it_moves_into_containers_and_is_renewed_and_loaded_without_a_restart(
    certified: Composed, ca: Authority
) -> None:
    lab, before = certified, certified.starts()
    with client(lab.instance, ca.root()) as signed_in:
        push_image(signed_in, "team/app", "1", b"layer" * 1000)
    first = shown(lab.instance)
    again = lab.operations("certificate", "--force")
    assert (again["renewed"], again["reloaded"]) == (True, True)
    wait_until(lambda: another(lab, first), "the new one to be shown")
    wait_until(lambda: trusted(lab, ca), "the front to answer")
    assert lab.starts() == before
    assert lab.up().changes == {}


def test_the_front_s_account_reads_the_key_and_nobody_else_does(certified: Composed) -> None:
    pairs = Path(certified.plan.paths.acme, "pairs")
    assert (pairs.owner(), stat.S_IMODE(pairs.stat().st_mode)) == ("root", 0o750)
    (key,) = pairs.rglob("private.key")
    assert (key.owner(), stat.S_IMODE(key.stat().st_mode)) == ("dockyard-front", 0o600)
    (check,) = (it for it in certified.operations("doctor")["checks"] if it["name"] == "permissions")
    assert check["status"] == "ok", check
    mount = next(it for it in certified.container("front")["Mounts"] if it["Source"] == str(pairs.parent))
    assert not mount["RW"]


def test_a_container_that_begins_anew_serves_it_at_once(certified: Composed, ca: Authority) -> None:
    certified.daemon.said("container", "restart", certified.ids()["front"])
    wait_until(lambda: trusted(certified, ca), "the front to be back")


def test_it_comes_by_dns(certified: Composed, ca: Authority, tmp_path: Path) -> None:
    certified.up(certificate=ca.by_dns(tmp_path))
    former = shown(certified.instance)
    assert certified.operations("certificate", "--force")["reloaded"]
    wait_until(lambda: another(certified, former), "the new one to be shown")
    wait_until(lambda: trusted(certified, ca), "the front to answer")
    assert certified.up().changes == {}
