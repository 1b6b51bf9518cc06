"""A restart, cut off: what had to be ended runs again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from dockyard.errors import DockyardError

from tests.support.instance import wait_until
from tests.support.lab import Lab
from tests.support.processes import kill_below_this_one
from tests.support.web import SERVER

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
SLOW = """
import os, signal, time
def end(*_):
    open("{base}/ending", "w").close()
    while not os.path.exists("{base}/end"):
        time.sleep(0.01)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
{server}"""
"""A server that has not ended before it may."""


def test_a_service_is_restarted_by_supervisord_also_where_the_agent_is_killed(lab: Lab) -> None:
    """What it ended would stay stopped until the next `up`, if it were the agent's to start it."""
    conf = str(lab.path("etc/supervisord.conf"))
    files = {
        **lab.web.bundle(server=SLOW.format(server=SERVER, base=lab.web.base)).files,
        conf: replace(lab.web.bundle().files[conf], content=kept(lab)),
    }
    lab.up(files=files)
    before, _ = lab.get()
    server = files[str(lab.path("etc/server.py"))]
    changed = {
        **files,
        str(lab.path("etc/server.py")): replace(server, content=f"{server.content}# changed\n"),
    }
    with ThreadPoolExecutor() as pool:
        applied = pool.submit(lab.up, files=changed)
        wait_until(lab.path("ending").exists, "the old one to be ended")
        kill_below_this_one("agent/__main__.py")
        assert isinstance(applied.exception(), DockyardError)
    lab.path("end").touch()
    lab.eventually("one []")
    assert lab.get()[0] != before
    now = lab.get()
    lab.up(files=changed)
    assert lab.up(files=changed).changes == {}
    assert lab.get()[1] == now[1]


def kept(lab: Lab) -> str:
    """supervisord's settings, by which the server is started again however it ends."""
    text = lab.web.bundle().files[str(lab.path("etc/supervisord.conf"))].content
    assert "autorestart = false" in text
    return text.replace("autorestart = false", "autorestart = true\nstopwaitsecs = 120")
