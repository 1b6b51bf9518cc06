"""Repository patterns: which repositories a right is for.

A pattern is a repository name in which `*` stands for any text within one path component and a whole component `**` for one or
more components: `team/*`, `team-*/app`, `team/**`, `**`.
"""

import re

COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
NAME = rf"{COMPONENT}(?:/{COMPONENT})*"
"""A repository name: the grammar of the OCI distribution specification, without capturing groups."""

LONGEST_NAME = 255
_PATTERN_COMPONENT = re.compile(r"[a-z0-9*](?:[a-z0-9*._-]*[a-z0-9*])?")


def pattern_problem(pattern: object) -> str:
    """Why this is no repository pattern; "" where it is one."""
    if not isinstance(pattern, str):
        return f"must be a repository pattern, got {pattern!r}"
    if not pattern:
        return "must not be empty"
    if len(pattern) > LONGEST_NAME:
        return f"must have {LONGEST_NAME} characters or fewer, got {len(pattern)}"
    for component in pattern.split("/"):
        if component == "**":
            continue
        if "**" in component or not _PATTERN_COMPONENT.fullmatch(component):
            return f"is not a repository pattern: {pattern!r}"
    return ""


def name_problem(name: object) -> str:
    """Why this is no repository name; "" where it is one."""
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        return f"is not a repository name: {name!r}"
    if len(name) > LONGEST_NAME:
        return f"must have {LONGEST_NAME} characters or fewer, got {len(name)}"
    return ""


def pattern_regex(pattern: str, slash: str = "/", other: str = "[^/]") -> str:
    """The regular expression of a pattern, to be matched against a whole repository name.

    slash, other: what a path separator and any other character look like; a client's query has them percent-encoded.
    """
    components = pattern.split("/")
    return slash.join(_component_regex(component, slash, other) for component in components)


def _component_regex(component: str, slash: str, other: str) -> str:
    if component == "**":
        return f"{other}+(?:{slash}{other}+)*"
    return "".join(_literal(part) if part != "*" else f"{other}*" for part in re.split(r"(\*)", component))


def _literal(text: str) -> str:
    return text.replace(".", r"\.")


def matches(pattern: str, name: str) -> bool:
    """Whether the pattern covers the repository: the meaning that every rendered rule must have."""
    return re.fullmatch(pattern_regex(pattern), name) is not None
