"""The table of repositories on the status page: each opens to its newest tags, without a script."""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.ops import drawing
from dockyard.ops.markup import Html, element, joined, lines
from dockyard.ops.newest import MOST
from dockyard.ops.page_tables import headed, when
from dockyard.ops.shown import number, several, size

SHORT = 12
MANY, FEW = 300, 3
"""With more repositories than that, fewer tags of each: a page that opens at once."""
EMPTY = "No image has been pushed yet."
NOTHING = "There is no repository that you may pull, or none has an image yet."


def images(repositories: Sequence[Mapping[str, Any]], own: Mapping[str, int], host: str, admin: bool) -> Html:
    if not repositories:
        body = element("p", EMPTY if admin else NOTHING, class_="empty")
        return element("section", element("h2", "Repositories"), body)
    most = max(it["bytes"] for it in repositories)
    tags = FEW if len(repositories) > MANY else MOST
    rows = [_row(it, own.get(it["name"], 0), most, host, tags) for it in repositories]
    caption = joined(
        "A name opens to its newest tags. Sizes: ",
        element("span", drawing.key("own"), "in this repository alone, ", class_="whole"),
        element("span", drawing.key("share"), "shared with others", class_="whole"),
    )
    head = headed("Repository", "#Tags", "#Size", "", "Last push")
    return element(
        "section",
        element("h2", "Repositories"),
        element("table", element("caption", caption), head, element("tbody", lines(*rows)), class_="images"),
    )


def _row(it: Mapping[str, Any], own: int, most: int, host: str, tags: int) -> Html:
    pushed = when(it["pushed"]) if it["pushed"] else "never"
    shared = it["bytes"] - own
    share = f"{size(own)} alone, {size(shared)} shared" if shared else "nothing shared"
    broken = (
        element("b", f" {several(it['faults_in_all'], 'fault')}", class_="failure") if it["faults"] else ""
    )
    return element(
        "tr",
        element("th", _opened(it, host, tags), broken, scope="row"),
        element("td", number(it["tags"]), class_="number", data_is="Tags"),
        element("td", size(it["bytes"]), class_="number", data_is="Size", title=share),
        element("td", drawing.bar(own, it["bytes"], most), class_="drawn"),
        element("td", pushed, data_is="Pushed"),
    )


def _opened(it: Mapping[str, Any], host: str, tags: int) -> Html:
    newest = it["newest"][:tags]
    if not newest:
        return element("b", _name(it["name"]))
    more = it["tags"] - len(newest)
    items = [_tag(tag) for tag in newest]
    if more > 0:
        items.append(element("li", element("span", f"and {several(more, 'older tag')}", class_="soft")))
    pull = element("p", "Pull: ", element("code", f"{host}/{it['name']}:{newest[0]['tag']}"), class_="pull")
    return element(
        "details", element("summary", _name(it["name"])), pull, element("ul", lines(*items), class_="tags")
    )


def _name(name: str) -> Html:
    """It breaks after a slash rather than anywhere."""
    first, *rest = name.split("/")
    return joined(first, *(joined("/", element("wbr"), part) for part in rest))


def _tag(tag: Mapping[str, Any]) -> Html:
    digest = tag["digest"]
    algorithm, _, value = digest.partition(":")
    about = [
        ", ".join(tag["platforms"]) or ("" if tag["kind"] == "image" else tag["kind"]),
        ", ".join(dict.fromkeys(tag["attached"])),
    ]
    return element(
        "li",
        element("b", tag["tag"]),
        element("span", size(tag["bytes"])),
        element(
            "span",
            when(tag["pushed"]) if tag["pushed"] else "",
            " ",
            element("code", f"{algorithm}:{value[:SHORT]}", title=digest),
            *(f" \N{MIDDLE DOT} {text}" for text in about if text),
            class_="soft",
        ),
    )
