"""A registry that takes no writes, by a setting or by the switch for maintenance."""

from pathlib import Path

import pytest

from tests.support.images import digest_of, push_image
from tests.support.instance import SETTINGS, needs_servers, running
from tests.support.wire import Wire, new_address

pytestmark = [pytest.mark.integration, needs_servers]

WRITES = [
    ("POST", "/v2/team/app/blobs/uploads/"),
    ("PATCH", "/v2/team/app/blobs/uploads/session"),
    ("PUT", "/v2/team/app/blobs/uploads/session"),
    ("DELETE", "/v2/team/app/blobs/uploads/session"),
    ("PUT", "/v2/team/app/manifests/1"),
    ("DELETE", "/v2/team/app/manifests/1"),
    ("DELETE", f"/v2/team/app/blobs/{digest_of(b'')}"),
]


def test_the_switch_and_the_setting_close_every_write_and_nothing_else() -> None:
    with running() as instance:
        with instance.client("team") as client:
            image = push_image(client, "team/app", "1", b"kept")
        team, reader = (Wire(instance, user, None, new_address()) for user in ("team", "reader"))

        def check(status: int, code: str) -> None:
            for method, target in WRITES:
                answer = team.ask(method, target, body=b"")
                assert (answer.status, answer.code) == (status, code), (method, target)
                assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
                assert ("Retry-After" in answer.headers) is (status == 503)
                assert reader.ask(method, target, body=b"").status == 403
                wrong = Wire(instance, "team", "wrong", new_address())
                assert wrong.ask(method, target, body=b"").status == 401
            assert team.ask("GET", f"/v2/team/app/blobs/{image.layer}").body == image.content
            assert team.ask("GET", "/v2/team/app/tags/list").status == 200

        switch = Path(instance.plan.paths.read_only)
        switch.touch()
        check(503, "UNAVAILABLE")
        switch.unlink()
        assert team.ask("POST", "/v2/team/app/blobs/uploads/", body=b"").status == 202
        instance.apply({**SETTINGS, "port": instance.plan.settings.port, "read_only": True})
        check(405, "UNSUPPORTED")
        instance.apply({**SETTINGS, "port": instance.plan.settings.port})
        assert team.ask("POST", "/v2/team/app/blobs/uploads/", body=b"").status == 202
