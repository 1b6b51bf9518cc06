"""A new program that does not do what it must: the old one serves, as if nothing had been."""

from pathlib import Path

import pytest

from tests.support.instance import wait_until
from tests.support.upgrades import Yard, script

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]
PACKAGED = "/usr/bin/docker-registry"
SAYS = 'if [ "$1" = --version ]; then echo registry v3.1.1; exit; fi\n'
ENDS = "echo 'no such disk' >&2\nexit 3\n"
ANSWERS = """exec {python} -c '
import http.server, os, socket, socketserver, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        {act}
        self.send_response(500)
        self.end_headers()
    do_GET = do_HEAD = do_POST = answer
    def log_message(self, *_): print("answered 500", flush=True)
    def address_string(self): return ""
socketserver.UnixStreamServer("{socket}", Handler).serve_forever()
'
"""


def bad(kind: str, socket: str) -> str:
    """A shell script's text: ends at once, answers 500, or takes connections and never answers."""
    if kind == "ends":
        return ENDS
    act = "time.sleep(1000)" if kind == "hangs" else "pass"
    return ANSWERS.format(python="/usr/bin/python3", socket=socket, act=act)


def serves_as_before(applied: Yard, before: dict[str, bytes]) -> None:
    assert applied.program() == PACKAGED
    assert applied.answered() == before
    switch = Path(applied.instance.plan.paths.read_only)
    assert not switch.exists()
    assert applied.registry.pulls(applied.registry.push("team/later", "v1", b"pushed afterwards"))


@pytest.mark.parametrize("kind", ["ends", "answers 500", "hangs"])
def test_one_that_never_works_is_found_before_anything_changes(applied: Yard, own: Path, kind: str) -> None:
    before, pid = applied.answered(), applied.instance.pid("registry/launch")
    text = applied.refused(version="3", program=script(own, SAYS + bad(kind, "registry.sock")))
    assert f"registry 3 ({own}) was not put in place: the scratch registry does not start" in text
    assert kind != "ends" or "no such disk" in text
    assert applied.instance.pid("registry/launch") == pid
    serves_as_before(applied, before)


@pytest.mark.parametrize("kind", ["ends", "answers 500", "hangs"])
def test_one_that_fails_when_it_counts_gives_way_to_the_old_one(
    applied: Yard, own: Path, three: str, kind: str
) -> None:
    """It passes the trial beside the running one, and fails with the real configuration."""
    before, paths = applied.answered(), applied.instance.plan.paths
    when = f'if [ "$2" = {paths.etc}/registry.yml ]; then\n{bad(kind, paths.registry_socket)}fi\n'
    script(own, f'{SAYS}{when}exec {three} "$@"\n')
    text = applied.refused(version="3", program=str(own))
    assert f"registry 3 ({own}) failed: " in text
    assert "the end of the log of registry:" in text
    assert {"ends": "no such disk", "answers 500": "is answered 500", "hangs": "not at all"}[kind] in text
    assert f"registry 2 ({PACKAGED}) is back and serves" in text
    assert "no image was lost; the next `up` tries again" in text
    serves_as_before(applied, before)
    # The state has the old version still: the same settings are tried again, and the old ones are no change.
    script(own, f'exec {three} "$@"\n')
    assert applied.up()
    assert applied.answered().items() >= before.items()
    wait_until(lambda: applied.program() == three, "the program to be the new one")


def test_one_that_loses_images_gives_way(applied: Yard, own: Path, three: str) -> None:
    """With the real configuration it serves an empty store."""
    before, paths = applied.answered(), applied.instance.plan.paths
    empty = f"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY={applied.instance.folder}/empty"
    script(own, f'[ "$2" = {paths.etc}/registry.yml ] && export {empty}\nexec {three} "$@"\n')
    text = applied.refused(version="3", program=str(own))
    assert "team/app0:v1: its manifest is answered 404" in text
    assert "is back and serves" in text
    serves_as_before(applied, before)
    assert applied.up(version="2", program=None) is False
