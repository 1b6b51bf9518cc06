"""The setting `status_page`: who is served which page."""

import json
import re
from dataclasses import replace

import pytest
from dockyard.errors import ProblemsError
from dockyard.ops.settings import load
from dockyard.self_hosted import status
from dockyard.self_hosted.access import may
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python="/venv/python")
USERS = {
    "admin": {"admin": True},
    "ci": {"push": ["**"]},
    "team": {"push": ["team/*"], "delete": ["old/x"]},
    "reader": {"pull": ["pub/**", "t*-x/a.b"]},
}
BASE = {"domain": "localhost", "users": USERS}
NAMES = (
    "app",
    "team/app",
    "team/a/b",
    "pub/x",
    "pub/a/b",
    "old/x",
    "t1-x/a.b",
    "t1-x/azb",
    "open/x",
    "open/a/b",
)
ETC, PAGES = "/etc/dockyard/main", "/var/lib/dockyard/main/status"


def settings(**more):
    return read_settings({**BASE, **more}, "test")


def rendered(**more):
    return render(Plan(settings(**more), FACTS, "main"))


@pytest.mark.parametrize("anonymous", [[], ["open/*"], ["**"]])
def test_a_page_shows_what_its_users_may_pull(anonymous):
    read = settings(anonymous_pull=anonymous)
    for user in read.users:
        patterns = status.page_patterns(read, user.rights)
        for name in NAMES:
            shown = patterns is None or any(re.fullmatch(pattern, name) for pattern in patterns)
            assert shown == may(user.rights, read.anonymous_pull, "r", name), (user.name, name)


def test_users_with_other_rights_have_other_pages_and_their_names_stand_nowhere():
    pages = status.page_names(settings())
    assert len(set(pages.values())) == len(USERS)
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in pages.values())
    files = rendered().files
    readers = json.loads(files[f"{ETC}/ops/readers.json"].content)
    assert set(readers) == set(pages.values())
    assert [page for page, patterns in readers.items() if patterns is None] == [pages["admin"]]
    for name in USERS:
        assert f'"{name}"' not in files[f"{ETC}/ops/readers.json"].content


def test_a_page_has_another_name_when_it_shows_something_else(monkeypatch):
    former = set(status.page_names(settings()).values())
    assert former == set(status.page_names(settings()).values())
    more = status.page_names(settings(anonymous_pull=["open/*"]))
    assert former & set(more.values()) == {more["admin"]}
    monkeypatch.setattr(status, "HASH", "of another style sheet")
    assert not former & set(status.page_names(settings()).values())


def test_the_front_serves_them_from_a_folder_that_only_it_and_root_can_read():
    bundle = rendered()
    folder, file = bundle.directories[PAGES], bundle.files[f"{ETC}/ops/readers.json"]
    assert (folder.mode, folder.owner, folder.group) == (0o750, "root", "dockyard-front")
    assert (file.mode, file.owner, file.group) == (0o640, "root", "root")
    unit = bundle.files["/etc/systemd/system/dockyard-main-upkeep.service"].content
    assert f'ReadWritePaths="{PAGES}"' in unit


def test_switched_off_there_is_nothing_of_it(tmp_path):
    bundle = rendered(status_page=False)
    assert PAGES not in bundle.directories
    assert not [path for path in bundle.files if "status" in path or "readers" in path]
    assert "include status" not in bundle.files[f"{ETC}/front/nginx.conf"].content
    file = tmp_path / "config.json"
    file.write_text(bundle.files[f"{ETC}/ops/config.json"].content)
    assert not load(file).readers_file.exists()


def test_without_inventories_there_is_no_page_and_that_is_said():
    with pytest.raises(ProblemsError, match="status_page: is made from inventories, and there are none"):
        settings(upkeep={"inventory_every_minutes": 0})
    assert settings(upkeep={"inventory_every_minutes": 0}, status_page=False).status_page is False
    with pytest.raises(ProblemsError, match="status_page: must be true or false"):
        settings(status_page="yes")


def test_the_host_says_what_clients_type(tmp_path):
    file = tmp_path / "config.json"
    plan = Plan(settings(port=8443, read_only=True), replace(FACTS, systemd=False), "main")
    file.write_text(render(plan).files[f"{ETC}/ops/config.json"].content)
    read = load(file)
    assert (read.host, read.reads_only, str(read.pages)) == ("localhost:8443", True, PAGES)
