"""A second registry on the same host: read-only from its first moment, and gone without a trace."""

from pathlib import Path

import pytest

from tests.support.composed import Composed
from tests.support.docker import Daemon
from tests.support.traefik import behind_traefik
from tests.support.wire import Wire

pytestmark = [
    pytest.mark.integration,
    pytest.mark.traefik,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("traefik"),
]
WRITES = (("POST", "blobs/uploads/"), ("PATCH", "blobs/uploads/x"), ("PUT", "manifests/v1"))


def test_a_registry_that_is_read_only_refuses_writes_and_leaves_nothing(
    lab: Composed, daemon: Daemon, tmp_path: Path
) -> None:
    before = daemon.said("network", "ls", "--quiet").split()
    with behind_traefik(daemon, tmp_path, 5444, read_only=True).cleared() as other:
        other.up()
        for method, what in WRITES:
            for user, status in (("ci", 405), ("reader", 403), (None, 401)):
                answer = Wire(other.instance, user).ask(method, f"/v2/team/app/{what}", body=b"")
                assert answer.status == status, (method, user)
        assert Wire(other.instance, "ci").ask("GET", "/v2/team/app/tags/list").status == 404
        assert Wire(lab.instance, "ci").ask("POST", "/v2/team/app/blobs/uploads/", body=b"").status == 202
        assert other.up().changes == {}
        other.down()
        assert other.left() == []
    assert daemon.said("network", "ls", "--quiet").split() == before
    assert lab.instance.answers()
