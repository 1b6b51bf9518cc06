"""The status page: from plain values to HTML."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from dockyard.ops.page import Made, View, page
from dockyard.ops.style import CSS, HASH

from tests.support.status import NOW, condition, history, inventory, repository

HOSTILE = "<img src=x onerror=alert(1)>\"'&\n\u202e</style><script>alert(2)</script>"
MINE = View("mine", ["team/.*"])
ADMIN = View("admin")


class Read(HTMLParser):
    """Elements with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def made(view=ADMIN, entries=None, **changes):
    entries = [repository("team/app"), repository("secret/thing")] if entries is None else entries
    return page(view, inventory(entries), condition(**changes), history(), Made(NOW, 3600))


def test_the_same_values_give_the_same_bytes():
    assert made() == made()


def test_it_is_one_file_without_scripts_that_asks_for_nothing():
    read = Read(made())
    assert not {tag for tag, _ in read.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
    }
    attributes = {key for _, given in read.elements for key in given}
    assert not {
        key for key in attributes if key.startswith("on") or key in ("src", "href", "style", "action")
    }
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_its_policy_lets_in_its_own_style_sheet_alone():
    policy = next(it["content"] for it in Read(made()).all("meta") if it.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'"


def test_whatever_stands_in_a_name_is_text():
    tag = {
        **repository("x")["newest"][0],
        "tag": HOSTILE,
        "digest": HOSTILE,
        "platforms": [HOSTILE],
        "kind": HOSTILE,
    }
    entry = {**repository(HOSTILE), "newest": [tag], "faults": [HOSTILE], "faults_in_all": 1}
    text = made(entries=[entry], instance=HOSTILE, host=HOSTILE, issuer=HOSTILE, error=HOSTILE)
    read = Read(text)
    assert not {tag for tag, _ in read.elements} & {"img", "script"}
    assert len(read.all("style")) == 1
    assert "<img src=x onerror=alert(1)>" in read.text
    assert "\u202e" not in text


def test_who_is_no_admin_sees_no_other_repository_and_nothing_of_the_host():
    broken = repository("secret/broken", faults=["secret/broken:1: its manifest sha256:0 is missing"])
    entries = [repository("team/app"), repository("secret/thing"), broken]
    text = made(MINE, entries, error="secret/thing: /srv/backup is gone", disk="failure")
    assert "team/<wbr>app" in text
    for hidden in ("secret", "/srv", "/var/lib", "Growth", "Disk", "2.8.2", "dockyard backup"):
        assert hidden not in text
    assert "it has not succeeded in time" in text
    admin = made(ADMIN, entries, error="secret/thing: /srv/backup is gone", disk="failure")
    for shown in (
        "secret",
        "/srv",
        "/var/lib",
        "Growth",
        "2.8.2",
        "dockyard backup",
        "manifest sha256:0 is missing",
    ):
        assert shown in admin


def test_what_is_wrong_stands_first_in_words_the_worst_before_the_rest():
    text = Read(made(certificate="warning", error="disk on fire")).text
    state = text[: text.index("In no image")]
    assert state.index("2 things need attention") < state.index("Failure") < state.index("Warning")
    assert "Nothing needs attention" not in text
    assert "Nothing needs attention" in Read(made()).text


@pytest.mark.parametrize("view", [ADMIN, MINE])
def test_a_registry_without_images_says_so(view):
    text = made(view, [])
    assert ("No image has been pushed yet" in text) == view.admin
    assert ("no repository that you may pull" in text) != view.admin


def test_tables_have_scopes_and_times_are_for_machines_too():
    read = Read(made())
    assert all(cell.get("scope") in ("row", "col") for cell in read.all("th"))
    assert read.all("html") == [{"lang": "en"}]
    times = [it["datetime"] for it in read.all("time") if "datetime" in it]
    assert times
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", it or "") for it in times)
    assert [tag for tag, _ in read.elements if tag in ("header", "main", "footer", "h1")] == [
        "header",
        "h1",
        "main",
        "footer",
    ]


@pytest.mark.skipif(not shutil.which("tidy"), reason="not installed: tidy")
@pytest.mark.parametrize("view", [ADMIN, MINE])
def test_tidy_finds_nothing_wrong(view):
    text = made(view, error="x", certificate="warning")
    command = ["tidy", "-quiet", "-errors", "--mute", "PROPRIETARY_ATTRIBUTE", "-utf8"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
