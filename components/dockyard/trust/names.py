"""Names and numbers that both services share, each of them exact."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator

from dockyard.reader import Reader
from dockyard.trust.refusals import MissingId, PullRequestPush, Refused, Wildcard

_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|^[-./]|[./]$|\.lock$")
_LONGEST = 255
# IAM reads ${…} in a condition's value as a variable: a branch may be called that.
_VARIABLE = "${"


def refuse(reader: Reader, key: object, kind: type[Refused], message: str, hint: str = "") -> None:
    reader.problems.append(kind(reader.at(key), message, hint))


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def refuse_wildcard(reader: Reader, key: object, text: str) -> bool:
    """Whether it was refused."""
    if has_wildcard(text):
        refuse(
            reader, key, Wildcard, f"must be exact, got {text!r}", "name each one: wildcards let others in"
        )
    return has_wildcard(text)


def read_number(reader: Reader, key: str, hint: str) -> str:
    """A number as text. `0` stands for one that was refused."""
    value = reader.text(key)
    if value and refuse_wildcard(reader, key, value):
        return "0"
    if _NUMBER.fullmatch(value):
        return value
    if isinstance(reader.get(key), str | None):
        refuse(reader, key, MissingId, f"must be a number, got {value!r}" if value else "is required", hint)
    return "0"


def read_refs(reader: Reader, key: str, prefix: str) -> tuple[str, ...]:
    """Names of branches or tags, without `prefix`, as git allows them; sorted, because their order means nothing."""
    return _sorted(name for place, name in _read_names(reader, key) if _is_ref(reader, place, name, prefix))


def read_environments(reader: Reader, key: str) -> tuple[str, ...]:
    """Names of environments, sorted."""
    return _sorted(name for _, name in _read_names(reader, key))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _is_ref(reader: Reader, place: str, name: str, prefix: str) -> bool:
    if name.startswith(("refs/pull/", "refs/merge-requests/")):
        refuse(
            reader, place, PullRequestPush, "a pull request must not push", "it may pull: pull_requests: true"
        )
    elif name.startswith("refs/"):
        reader.problem(place, f"is the full name of a ref: {name!r}", f"leave out {prefix}")
    elif _NO_REF.search(name):
        reader.problem(place, f"is no name that git allows: {name!r}")
    else:
        return True
    return False


def _read_names(reader: Reader, key: str) -> Iterator[tuple[str, str]]:
    """The well-formed ones, each with its place."""
    for index, name in enumerate(reader.texts(key)):
        place = f"{key}/{index}"
        if refuse_wildcard(reader, place, name):
            continue
        if not name or name != name.strip() or not name.isprintable() or len(name) > _LONGEST:
            message = f"must be 1 to {_LONGEST} printable characters without space around, got {name!r}"
            reader.problem(place, message)
        elif _VARIABLE in name:
            reader.problem(place, f"must not contain ${{, which IAM would read as a variable, got {name!r}")
        else:
            yield place, name


def read_push(reader: Reader, repositories: Collection[str]) -> tuple[str, ...]:
    """Keys of the registry's repositories; all of them where none is named."""
    keys = reader.texts("push", tuple(repositories))
    for key in keys:
        if key not in repositories:
            near = difflib.get_close_matches(key, repositories, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(repositories))}"
            reader.problem(f"push/{key}", "is no key of repositories", hint)
    if not keys:
        reader.problem("push", "must name at least one repository", "or leave it out for all of them")
    return tuple(sorted(set(keys)))
