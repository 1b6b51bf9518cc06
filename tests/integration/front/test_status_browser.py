"""The status page in a real browser: what people see of it, and what it does not do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops.page import Made, View, page

from tests.support import status
from tests.support.browser import Page, browsing, needs_browser
from tests.support.images import push_image
from tests.support.instance import PASSWORDS, Instance, needs_servers, running
from tests.support.operations import Registry

pytestmark = [pytest.mark.integration, needs_servers, needs_browser]
HOSTILE = "<img src=x onerror=alert(1)><script>document.title='owned'<script>"
TAG = '"><svg onload=alert(1)>\u202e&lt;'
CONTRAST = """(() => {
  const light = ([r, g, b]) => { const f = [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const numbers = text => text.match(/[0-9.]+/g).map(Number);
  const back = node => { for (; node; node = node.parentElement) { const c = numbers(getComputedStyle(node).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const node of document.body.querySelectorAll("*")) {
    if (![...node.childNodes].some(it => it.nodeType === 3 && it.data.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(back(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) bad.push(`${node.tagName} ${node.className} ${ratio.toFixed(2)}: ${node.textContent.slice(0, 40)}`);
  }
  return bad; })()"""


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with running() as running_instance:
        registry = Registry(running_instance)
        with running_instance.client("ci") as client:
            push_image(client, "pub/base", "1.0", b"layer")
            push_image(client, "team/app", "1.0", b"layer")
        registry.write(f"pub/{HOSTILE.replace('/', '')}", "1", b"hostile")
        image = registry.write("pub/tagged", "1", b"hostile")
        registry.write_manifest("pub/tagged", registry.blob(image.digest).read_bytes(), TAG)
        registry.done("inventory")
        yield running_instance


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with browsing() as opened:
        yield opened


def shown(tmp_path: Path, browser: Page, count: int, view: View, **changes: Any) -> None:
    entries = [
        status.repository(f"team-{n % 7}/service-with-a-long-name-{n}", 1 + n % 30) for n in range(count)
    ]
    file = tmp_path / "page.html"
    made = Made(status.NOW, 3600)
    file.write_text(
        page(view, status.inventory(entries), status.condition(**changes), status.history(), made)
    )
    browser.open(f"file://{file}")


def test_names_of_others_are_inert_and_nothing_else_is_asked_for(instance):
    with browsing(("reader", PASSWORDS["reader"])) as tab:
        tab.open(f"{instance.url}/status")
        text = tab.ask("document.documentElement.textContent")
        assert "<img src=x onerror=alert(1)>" in text
        assert '"><svg onload=alert(1)>' in text
        assert "team/app" not in text
        assert tab.ask("document.title").endswith(": status")
        assert tab.ask("document.querySelectorAll('img, script, [onload], [onerror]').length") == 0
        assert set(tab.requests) == {f"{instance.url}/status"}
        assert [said for said in tab.said if "401" not in said] == []


def test_its_style_sheet_is_taken_by_its_policy(instance):
    with browsing(("admin", PASSWORDS["admin"])) as tab:
        tab.open(f"{instance.url}/status")
        assert tab.ask("getComputedStyle(document.querySelector('section')).borderTopLeftRadius") != "0px"
        assert tab.ask("[...document.querySelectorAll('th')].every(it => it.scope)")


def test_a_wrong_password_is_told_in_words(instance):
    with browsing(("reader", "wrong")) as tab:
        tab.open(f"{instance.url}/status")
        assert tab.ask("document.querySelector('h1').textContent") == "Sign in"
        assert "pub/" not in tab.ask("document.documentElement.textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
def test_it_can_be_read_on_every_screen(tmp_path, browser, width, scheme):
    """Nothing is cut off, no line of it scrolls, and every text stands out from what is behind it (WCAG 2.2, AA)."""
    browser.looks(width, scheme)
    shown(tmp_path, browser, 12, View("admin"), error="it broke", certificate="warning", disk="failure")
    assert browser.ask("document.documentElement.scrollWidth") <= width
    wide = "[...document.querySelectorAll('main *')].filter(it => it.getBoundingClientRect().right > innerWidth + 1)"
    assert browser.ask(f"{wide}.map(it => it.outerHTML.slice(0, 80))") == []
    assert browser.ask(CONTRAST) == []
    dark = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(16, 20, 27)") == (scheme == "dark")


def test_a_repository_opens_to_its_tags_without_a_script(tmp_path, browser):
    browser.looks(1280)
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    shown(tmp_path, browser, 3, View("mine", [".*"]))
    place = browser.ask(
        "(() => { const r = document.querySelector('summary').getBoundingClientRect(); return [r.x + 5, r.y + 5]; })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.send(
            "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1
        )
    assert browser.ask("document.querySelectorAll('details[open]').length") == 1
    assert browser.ask("document.querySelector('details[open] .tags').offsetHeight") > 0
    browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_three_hundred_repositories_are_one_page(tmp_path, browser):
    browser.looks(1280)
    shown(tmp_path, browser, 300, View("admin"))
    assert browser.ask("document.querySelectorAll('.images > tbody > tr').length") == 300
    assert browser.ask("document.documentElement.scrollWidth") <= 1280
