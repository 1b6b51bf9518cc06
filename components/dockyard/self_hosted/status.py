"""The setting `status_page`: which page shows what, and what the front has to know of them."""

import hashlib
import json
from typing import TYPE_CHECKING

from dockyard.ops.style import HASH, POLICY
from dockyard.reader import Reader
from dockyard.rendering import render_template
from dockyard.self_hosted.access import role_of
from dockyard.self_hosted.bundle import Directory, File
from dockyard.self_hosted.domains import is_public_name
from dockyard.self_hosted.patterns import pattern_regex
from dockyard.self_hosted.users import Rights

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan
    from dockyard.self_hosted.settings import Settings


def read_status_page(settings: Reader, every: int, default: bool = True) -> bool:
    """every: seconds between two inventories, 0 for none."""
    wanted = settings.boolean("status_page", default)
    if wanted and not every:
        hint = "upkeep/inventory_every_minutes is 0: set it, or set status_page to false"
        settings.problem("status_page", "is made from inventories, and there are none", hint)
    return wanted


def page_patterns(settings: "Settings", rights: Rights) -> list[str] | None:
    """Regular expressions of the repositories that are seen; None for all."""
    if rights.admin:
        return None
    return [pattern_regex(pattern) for pattern in sorted(rights.reads | settings.anonymous_pull)]


def page_name(patterns: list[str] | None) -> str:
    """Of the page that shows these repositories. Other rights, and another style sheet, are another page: one of before is never
    served for it.
    """
    return hashlib.sha256(json.dumps([patterns, HASH]).encode()).hexdigest()[:32]


def page_names(settings: "Settings") -> dict[str, str]:
    """Role to the name of its page."""
    rights = {role_of(user.rights): user.rights for user in settings.users}
    return {role: page_name(page_patterns(settings, rights[role])) for role in sorted(rights)}


def readers_file(plan: "Plan") -> str:
    return f"{plan.paths.etc}/ops/readers.json"


def status_files(plan: "Plan") -> dict[str, File]:
    """What the operations read to make the pages, and the front's part of the configuration; nothing where there are none."""
    if not plan.settings.status_page:
        return {}
    root, folder = plan.root_account, plan.paths.front
    shown = [page_patterns(plan.settings, user.rights) for user in plan.settings.users]
    readers = json.dumps({page_name(patterns): patterns for patterns in shown}, indent=1, sort_keys=True)
    texts: dict[str, dict[str, object]] = {
        "status_pages.conf": {"pages": page_names(plan.settings)},
        "status.conf": {"folder": plan.paths.pages},
        "status_headers.conf": {
            "policy": POLICY,
            "strict_transport_security": is_public_name(plan.settings.domain),
        },
    }
    return {
        readers_file(plan): File(readers + "\n", 0o640, root, root),
        **{
            f"{folder}/{name}": File(
                render_template(f"nginx/{name}.j2", **values), 0o640, root, plan.front_account
            )
            for name, values in texts.items()
        },
    }


def status_directories(plan: "Plan") -> dict[str, Directory]:
    if not plan.settings.status_page:
        return {}
    return {plan.paths.pages: Directory(0o750, plan.root_account, plan.front_account)}


def status_configuration(plan: "Plan") -> dict[str, object]:
    """As `dockyard.ops.settings` reads it."""
    found: dict[str, object] = {"host": plan.settings.host, "reads_only": plan.settings.read_only}
    if plan.settings.status_page:
        found |= {"pages": plan.paths.pages, "readers_file": readers_file(plan)}
    return found
