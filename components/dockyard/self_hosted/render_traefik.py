"""Traefik's configuration, and how it reaches the registry.

The registry listens on a network of its own, in which only Traefik is, and on which the host itself has no address: whoever works on
this host cannot go around the front either. Traefik has a second network, whose port Docker publishes by its rules of iptables, which
leave clients' addresses as they are.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockyard.rendering import render_template
from dockyard.self_hosted.bundle import File
from dockyard.self_hosted.domains import is_public_name
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.patterns import NAME
from dockyard.self_hosted.traefik import ALL

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Material, Plan
    from dockyard.self_hosted.users import Rights

USER_HEADER = "X-Dockyard-User"
PORT, OWN_PORT, REGISTRY_PORT = 8443, 8082, 5000
"""Inside the containers."""
READ_TIMEOUT = "12h"
AVERAGE, BURST = 100, 400
"""Requests of one client: a second, and at once. Each one checks a password."""
READS = ("GET", "HEAD")
SESSION = ("GET", "HEAD", "PATCH", "PUT", "DELETE")
ANY = 1
"""The lowest priority."""
READ_ONLY = 405


@dataclass(frozen=True)
class Route:
    """A router below the one that signs in. refused: the status of the answer; 0 for the registry's own."""

    name: str
    rule: str
    priority: int = 100
    refused: int = 0


def is_traefik(plan: "Plan") -> bool:
    return plan.settings.front is Front.TRAEFIK


def folder(plan: "Plan") -> str:
    """What Traefik watches. Its name comes after `tls`: who has loaded the last file of all has loaded every other one."""
    return f"{plan.paths.front}/traefik"


def users_file(plan: "Plan") -> str:
    """The last file of all by its name, which is the order that files are written in."""
    return f"{folder(plan)}/users.yml"


def closing_file(plan: "Plan") -> str:
    """While this file exists, Traefik refuses writes. It is no part of the bundle."""
    return f"{folder(plan)}/closed.yml"


def traefik_files(plan: "Plan") -> dict[str, File]:
    """Path to file. Those that hold secrets are there with empty contents."""
    front, root, account = plan.paths.front, plan.root_account, plan.front_account
    public = {
        f"{front}/traefik.yml": _static(plan),
        f"{folder(plan)}/routes.yml": _routes(plan),
    }
    secret = (users_file(plan), f"{front}/tls/private.key")
    return {
        **{path: File(text, 0o640, root, account) for path, text in public.items()},
        **{path: File("", 0o640, root, account, secret=True) for path in secret},
        f"{front}/tls/certificate.pem": File("", 0o644, root, root, secret=True),
    }


def traefik_secrets(plan: "Plan", material: "Material") -> dict[str, str]:
    """Path to content of the secret files."""
    front, lines = plan.paths.front, [material.htpasswd[name] for name in sorted(material.htpasswd)]
    loaded = json.dumps([_routes(plan), lines, material.certificate])
    generation = hashlib.sha256(loaded.encode()).hexdigest()[:32]
    users = {"generation": generation, "lines": lines, "user_header": USER_HEADER}
    return {
        users_file(plan): render_template("traefik/users.yml.j2", **users),
        f"{front}/tls/certificate.pem": material.certificate,
        f"{front}/tls/private.key": material.private_key,
    }


def published(plan: "Plan") -> list[tuple[str, int]]:
    """The addresses of the host at which Docker publishes the front's port."""
    return [(address, plan.settings.port) for address in plan.settings.listen]


def traefik_in_compose(plan: "Plan") -> dict[str, object]:
    """What compose.yaml has to know."""
    return {
        "traefik": is_traefik(plan),
        "published": published(plan),
        "inner_port": PORT,
        "own_port": OWN_PORT,
        # As /proc/net/tcp writes it.
        "listens": f"{REGISTRY_PORT:04X}",
        "users_file": users_file(plan),
    }


def closing(plan: "Plan") -> dict[str, object]:
    """What the operations close Traefik by, as `dockyard.ops.settings` reads it."""
    return {"closing": {"file": closing_file(plan), "text": _closed()}} if is_traefik(plan) else {}


def _static(plan: "Plan") -> str:
    return render_template(
        "traefik/traefik.yml.j2",
        access_log=f"{plan.paths.log}/audit.log",
        folder=folder(plan),
        port=PORT,
        own_port=OWN_PORT,
        read_timeout=READ_TIMEOUT,
        user_header=USER_HEADER,
    )


def _routes(plan: "Plan") -> str:
    return render_template(
        "traefik/routes.yml.j2",
        routes=list(routes(plan)),
        user_header=USER_HEADER,
        strict_transport_security=is_public_name(plan.settings.domain),
        average=AVERAGE,
        burst=BURST,
        registry=f"http://registry:{REGISTRY_PORT}",
        certificate=f"{plan.paths.front}/tls/certificate.pem",
        private_key=f"{plan.paths.front}/tls/private.key",
    )


def _closed() -> str:
    reads = " || ".join(f"Method(`{method}`)" for method in READS)
    rule = f"PathPrefix(`/v2`) && (!({reads}) || PathRegexp(`{_path('blobs/uploads/.*')}`))"
    return render_template("traefik/closed.yml.j2", rule=rule)


def routes(plan: "Plan") -> Iterator[Route]:
    """Every question that is answered with yes, and the refusal of all others. A user with no right at all may sign in."""
    writes = READ_ONLY if plan.settings.read_only else 0
    yield Route("base", f"PathRegexp(`^/v2/?$`) && {_methods(READS)}")
    if catalog := _may(plan, "admin"):
        yield Route("catalog", f"PathRegexp(`^/v2/_catalog$`) && {_methods(READS)} && {catalog}")
    if pull := _may(plan, "pull"):
        read = _path("(?:manifests/[^/]+|blobs/[^/]+|tags/list|referrers/[^/]+)")
        yield Route("pull", f"PathRegexp(`{read}`) && {_methods(READS)} && {pull}")
    if push := _may(plan, "push"):
        start, session, manifest = map(_path, ("blobs/uploads/?", "blobs/uploads/[^/]+", "manifests/[^/]+"))
        questions = (
            f"(PathRegexp(`{start}`) && {_methods(('POST',))})",
            f"(PathRegexp(`{session}`) && {_methods(SESSION)})",
            f"(PathRegexp(`{manifest}`) && {_methods(('PUT',))})",
        )
        yield Route("push", f"({' || '.join(questions)}) && {push}", refused=writes)
    if delete := _may(plan, "delete"):
        gone = _path("(?:manifests|blobs)/[^/]+")
        yield Route("delete", f"PathRegexp(`{gone}`) && {_methods(('DELETE',))} && {delete}", refused=writes)
    yield Route("refused", "PathPrefix(`/`)", ANY, 403)


def _path(rest: str) -> str:
    return f"^/v2/{NAME}/{rest}$"


def _methods(methods: tuple[str, ...]) -> str:
    return "(" + " || ".join(f"Method(`{method}`)" for method in methods) + ")"


def _may(plan: "Plan", right: str) -> str:
    """The part of a rule that says who; "" for nobody."""
    names = sorted(user.name for user in plan.settings.users if _has(user.rights, right))
    return f"HeaderRegexp(`{USER_HEADER}`, `^(?:{'|'.join(map(re.escape, names))})$`)" if names else ""


def _has(rights: "Rights", right: str) -> bool:
    granted = {"admin": frozenset(), "pull": rights.reads, "push": rights.push, "delete": rights.delete}
    return rights.admin or ALL in granted[right]
