"""Drawings of the status page, as inline SVG without any style of its own."""

from collections.abc import Sequence

from dockyard.ops.markup import Html, element

WIDTH, HEIGHT = 600, 80
FULL = 100


def growth(values: Sequence[int], label: str) -> Html:
    """A line through the values, the area below it filled; the bottom is zero. Two values at least."""
    most = max(*values, 1)
    step = WIDTH / (len(values) - 1)
    points = [
        f"{number * step:.1f} {HEIGHT - 4 - (HEIGHT - 8) * value / most:.1f}"
        for number, value in enumerate(values)
    ]
    line = "M" + "L".join(points)
    return element(
        "svg",
        element("path", class_="area", d=f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"),
        element("path", class_="top", d=line),
        class_="growth",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def bar(own: int, whole: int, most: int) -> Html:
    """A part of the width for what is this one's alone, and a paler one for what it shares. The number stands beside it."""
    scale = FULL / max(most, 1)
    alone, end = own * scale, whole * scale
    return element(
        "svg",
        element("rect", class_="own", width=f"{alone:.1f}", height="8"),
        element("rect", class_="share", x=f"{alone:.1f}", width=f"{max(end - alone, 0):.1f}", height="8"),
        class_="bar",
        viewBox=f"0 0 {FULL} 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def key(kind: str) -> Html:
    return element(
        "svg",
        element("rect", class_=kind, width="10", height="10"),
        class_="key",
        viewBox="0 0 10 10",
        aria_hidden="true",
    )
