"""The status page: one HTML file, without a script, that needs nothing else. From plain values; no clock, no host."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dockyard.ops import drawing, page_images, page_tables
from dockyard.ops.attention import Matter, matters
from dockyard.ops.inventory import visible
from dockyard.ops.markup import Html, element, lines
from dockyard.ops.shown import every, number, several, size
from dockyard.ops.style import CSS, POLICY

WORDS = {"failure": "Failure", "warning": "Warning"}


class View(NamedTuple):
    """What is shown to whom. name: of the view in the inventory. patterns: what is seen; None for an admin's view of everything."""

    name: str
    patterns: Sequence[str] | None = None

    @property
    def admin(self) -> bool:
        return self.patterns is None


class Made(NamedTuple):
    """When the page was made, and how often it is; 0 for by hand."""

    at: float
    every: float = 0.0


def page(
    view: View,
    inventory: Mapping[str, Any],
    condition: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    made: Made,
) -> str:
    repositories = [it for it in inventory["repositories"] if visible(it["name"], view.patterns)]
    told = matters(condition, repositories, view.admin)
    shares = inventory["views"][view.name]
    parts = [_state(told), _figures(inventory, repositories, shares, condition, view.admin)]
    if view.admin and len(history) > 1:
        parts.append(_growth(history))
    parts.append(
        element(
            "div",
            page_tables.jobs(condition["jobs"], made.at, view.admin),
            page_tables.host(condition, view.admin),
            class_="two",
        )
    )
    parts.append(page_images.images(repositories, shares["own"], condition["host"], view.admin))
    return _document(
        condition["host"], lines(_header(condition, made), element("main", lines(*parts)), _footer(view))
    )


def _document(title: str, body: Html) -> str:
    head = lines(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{title}: status"),
        element("style", Html(CSS)),
    )
    whole = lines(element("head", head), element("body", body))
    return "<!DOCTYPE html>\n" + element("html", whole, lang="en") + "\n"


def _header(condition: Mapping[str, Any], made: Made) -> Html:
    often = f", anew {every(made.every)}" if made.every else ""
    return element(
        "header",
        element("h1", condition["host"]),
        element(
            "p",
            f"Container registry {condition['instance']}. Made ",
            page_tables.when(made.at),
            f" UTC{often}.",
            class_="soft",
        ),
    )


def _footer(view: View) -> Html:
    text = "All times are UTC. Sizes count each layer once."
    if not view.admin:
        text += " You see the repositories that you may pull."
    return element("footer", element("p", text, class_="soft"))


def _state(told: Sequence[Matter]) -> Html:
    if not told:
        return element(
            "section",
            element("h2", "Nothing needs attention", class_="good"),
            class_="state",
            aria_label="State",
        )
    heading = f"{several(len(told), 'thing')} {'needs' if len(told) == 1 else 'need'} attention"
    items = [
        element(
            "li",
            element("b", WORDS[it.status], class_=it.status),
            element(
                "div", element("b", it.title), f": {it.text} ", element("code", it.hint) if it.hint else ""
            ),
        )
        for it in told
    ]
    return element(
        "section",
        element("h2", heading),
        element("ul", lines(*items), class_="matters"),
        class_=f"state {told[0].status}",
        aria_label="State",
    )


def _figures(
    inventory: Mapping[str, Any],
    repositories: Sequence[Mapping[str, Any]],
    shares: Mapping[str, Any],
    condition: Mapping[str, Any],
    admin: bool,
) -> Html:
    tags = sum(it["tags"] for it in repositories)
    attached = sum(it["attached"] for it in repositories)
    each = sum(it["bytes"] for it in repositories)
    saved = f"{size(each - shares['bytes'])} more without sharing" if each > shares["bytes"] else ""
    figures = [
        _figure("Repositories", number(len(repositories))),
        _figure(
            "Tags", number(tags), f"and {number(attached)} signatures, SBOMs and the like" if attached else ""
        ),
        _figure("Images", size(shares["bytes"]), saved),
    ]
    if admin:
        disk, loose = condition["disk"], max(inventory["bytes"] - shares["bytes"], 0)
        reserve = f"of {size(disk['total'])}; {size(disk['reserve'])} kept free" if disk["reserve"] else ""
        figures += [
            _figure("In no image", size(loose), "garbage collection frees it" if loose else ""),
            _figure("Room on the disk", size(disk["free"]), reserve or f"of {size(disk['total'])}"),
        ]
    return element("section", element("ul", lines(*figures), class_="figures"), aria_label="In numbers")


def _figure(title: str, value: str, more: str = "") -> Html:
    parts = [element("span", title), element("b", value), *([element("span", more)] if more else [])]
    return element("li", *parts)


def _growth(history: Sequence[Mapping[str, Any]]) -> Html:
    first, last = history[0], history[-1]
    label = f"From {size(first['bytes'])} on {first['day']} to {size(last['bytes'])} on {last['day']}"
    changed = last["bytes"] - first["bytes"]
    sign = "+" if changed >= 0 else "\N{MINUS SIGN}"
    return element(
        "section",
        element("h2", "Growth of the store"),
        element(
            "figure",
            drawing.growth([entry["bytes"] for entry in history], label),
            element(
                "figcaption",
                element("span", element("time", first["day"]), f": {size(first['bytes'])}"),
                element("span", f"{sign}{size(abs(changed))} in {several(len(history), 'day')}"),
                element("span", element("time", last["day"]), f": {size(last['bytes'])}"),
            ),
        ),
    )
