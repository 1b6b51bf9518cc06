"""What the error text of a client means: Docker, containerd, podman, the kubelet, proxies."""

import json
import re
from functools import cache
from importlib import resources
from typing import NamedTuple


class Meaning(NamedTuple):
    """says: the text as clients print it. cause, and the command to type next; HOST stands for the registry's."""

    says: str
    cause: str
    next: str


@cache
def known() -> list[tuple[re.Pattern[str], Meaning]]:
    """Of errors.json: the special ones stand before the general ones."""
    read = json.loads(resources.files("dockyard.doctor").joinpath("errors.json").read_text())
    return [
        (re.compile(entry["pattern"], re.IGNORECASE), Meaning(entry["says"], entry["cause"], entry["next"]))
        for entry in read
    ]


def explain(text: str) -> list[Meaning]:
    """Every meaning that the text has, the likeliest first; none where it is not known."""
    host = host_of(text)
    one_line = " ".join(text.split())
    return [
        Meaning(says, cause, following.replace("HOST", host or "HOST"))
        for pattern, (says, cause, following) in known()
        if pattern.search(one_line)
    ]


def host_of(text: str) -> str:
    """The registry that an error names, "" for none."""
    match = re.search(r"https?://([A-Za-z0-9.\[\]:-]+)/v2/", text) or re.search(
        r"\b((?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?|localhost:\d+)/[a-z0-9]", text
    )
    return match[1] if match else ""
