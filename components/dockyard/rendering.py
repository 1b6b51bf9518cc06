"""Jinja2 for configuration files: undefined names are errors, and every value is quoted by the filter of its target's syntax."""

import functools
import json
import re
import shlex
from pathlib import Path
from typing import Any

import jinja2

from dockyard.errors import DockyardError

PACKAGE = Path(__file__).parent


def template_folder() -> Path:
    """The repository's `templates/` where this is a checkout (an editable install would serve stale copies), the packaged ones else."""
    for folder in (PACKAGE.parent.parent / "templates", PACKAGE / "_templates"):
        if folder.is_dir():
            return folder
    raise DockyardError("dockyard's templates are missing", "install dockyard again")


@functools.cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        # No HTML is made here; each value goes through the filter of the syntax that it lands in.
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        nginx=nginx,
        yaml=json.dumps,
        ini=ini,
        ini_argument=ini_argument,
        unit=unit,
        compose=compose,
        shell=shell,
    )
    return made


def render_template(name: str, /, **values: Any) -> str:
    """The text of a template. Raises DockyardError for a value that its syntax cannot carry."""
    return environment().get_template(name).render(**values)


def nginx(value: object, trusted: str = "") -> str:
    """A double-quoted NGINX argument. NGINX expands `$` everywhere and has no escape for it, so such a value is refused.

    trusted: the template's own text to be put behind the value; it may hold variables.
    """
    text = str(value)
    if "$" in text or any(ord(character) < 32 for character in text):
        raise DockyardError(f"{text!r} cannot stand in an NGINX configuration")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + trusted + '"'


def ini(value: object) -> str:
    """A value in supervisord's configuration: `%` starts an expansion, ` ;` and ` #` a comment, a line holds one trimmed value."""
    text = str(value)
    if (
        ";" in text
        or re.search(r"(?:^|\s)#", text)
        or text != text.strip()
        or any(ord(character) < 32 for character in text)
    ):
        raise DockyardError(f"{text!r} cannot stand in a supervisord configuration")
    return text.replace("%", "%%")


def ini_argument(value: object) -> str:
    """One argument of a command in supervisord's configuration, which splits it as a shell does."""
    return shlex.quote(ini(value))


def unit(value: object) -> str:
    """One argument in a systemd unit: quoted, with `%` and `$` taken literally."""
    text = str(value)
    if any(ord(character) < 32 for character in text):
        raise DockyardError(f"{text!r} cannot stand in a systemd unit")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def compose(value: object) -> str:
    """A text in compose.yaml, where `$` would start a variable."""
    return json.dumps(str(value)).replace("$", "$$")


def shell(value: object) -> str:
    """A word of a shell's command in compose.yaml."""
    return shlex.quote(str(value)).replace("$", "$$")
