"""HTML that cannot be broken by what stands in it: every text is escaped, unless it is markup that was made here."""

import html

from dockyard.ops.shown import printable

EMPTY = frozenset({"meta", "path", "rect", "wbr"})
"""Elements without contents."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Html:
    return text if isinstance(text, Html) else Html(html.escape(printable(text)))


def element(name: str, /, *contents: str, **attributes: str | None) -> Html:
    """Keywords are attributes: `class_` is class, `aria_label` is aria-label; None is left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(printable(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Html(f"<{name}{given}>" if name in ("meta", "wbr") else f"<{name}{given}/>")
    return Html(f"<{name}{given}>{''.join(map(escaped, contents))}</{name}>")


def joined(*parts: str) -> Html:
    return Html("".join(map(escaped, parts)))


def lines(*parts: str) -> Html:
    """The same, each on a line of its own."""
    return Html("\n".join(escaped(part) for part in parts if part))
