"""NGINX's configuration."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockyard.rendering import render_template
from dockyard.self_hosted.access import access_maps
from dockyard.self_hosted.bundle import File
from dockyard.self_hosted.domains import is_public_name
from dockyard.self_hosted.patterns import NAME
from dockyard.self_hosted.render_acme import challenge_values, served_pattern

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

MOUNT_DIGEST = "sha(?:256|512)(?::|%3[Aa])[0-9a-f]{64,128}"
MOUNT_FROM = "[a-z0-9](?:[a-z0-9._-]|/|%2[Ff])*"


@dataclass(frozen=True)
class ErrorPage:
    """An error as the distribution specification words it, and NGINX's own codes that end in it."""

    codes: tuple[int, ...]
    body: str
    retry_after: int = 0
    early: bool = False
    """Arises before a request has an address too: NGINX cannot send such a request to a named location."""


def _body(code: str, message: str) -> str:
    return json.dumps({"errors": [{"code": code, "message": message, "detail": None}]}) + "\\n"


PAGES = {
    400: ErrorPage((400, 494, 495, 496), _body("UNSUPPORTED", "bad request"), early=True),
    401: ErrorPage((401,), _body("UNAUTHORIZED", "authentication required")),
    403: ErrorPage((403,), _body("DENIED", "requested access to the resource is denied")),
    404: ErrorPage((404,), _body("NAME_UNKNOWN", "not found")),
    405: ErrorPage(
        (405,), _body("UNSUPPORTED", "this registry is read-only, or the method is not supported here")
    ),
    408: ErrorPage((408,), _body("UNAVAILABLE", "the request took too long"), early=True),
    409: ErrorPage(
        (409,),
        _body("DENIED", "this tag is there already and cannot be moved: push another tag, or pull by digest"),
    ),
    411: ErrorPage((411,), _body("SIZE_INVALID", "a length is required")),
    413: ErrorPage((413,), _body("SIZE_INVALID", "the request is too large")),
    414: ErrorPage((414,), _body("NAME_INVALID", "the address is too long"), early=True),
    416: ErrorPage((416,), _body("SIZE_INVALID", "the range cannot be satisfied")),
    421: ErrorPage((421, 497), _body("UNSUPPORTED", "speak HTTPS to this port"), early=True),
    422: ErrorPage(
        (422,), _body("TAG_INVALID", "nobody may push this tag here: push another one, such as a version")
    ),
    429: ErrorPage((429,), _body("TOOMANYREQUESTS", "too many requests"), retry_after=5),
    501: ErrorPage((501,), _body("UNSUPPORTED", "this transfer coding is not supported here"), early=True),
    503: ErrorPage(
        (502, 503, 504),
        _body("UNAVAILABLE", "the registry does not take this request at present"),
        retry_after=10,
    ),
    507: ErrorPage(
        (507,),
        _body(
            "UNAVAILABLE",
            "the disk of the registry is nearly full: it takes no new uploads; pulls and deletes go on",
        ),
    ),
    505: ErrorPage((505,), _body("UNSUPPORTED", "this version of HTTP is not supported here"), early=True),
}
INTERNAL = _body("UNAVAILABLE", "internal error")


def front_files(plan: "Plan") -> dict[str, File]:
    """Path to file. Those that hold secrets are there with empty contents."""
    folder, root, front = plan.paths.front, plan.root_account, plan.front_account
    texts = {name: render_template(f"nginx/{name}.j2", **values) for name, values in _values(plan).items()}
    public = {f"{folder}/{name}": File(text, 0o640, root, front) for name, text in texts.items()}
    return {
        **public,
        f"{folder}/former.htpasswd": File("", 0o600, front, front, secret=True),
        f"{folder}/htpasswd": File("", 0o600, front, front, secret=True),
        f"{folder}/generation.conf": File("", 0o600, root, root, secret=True),
        f"{folder}/tls/certificate.pem": File("", 0o644, root, root, secret=True),
        f"{folder}/tls/private.key": File("", 0o600, root, root, secret=True),
    }


def _values(plan: "Plan") -> dict[str, dict[str, object]]:
    settings, paths = plan.settings, plan.paths
    users = len(settings.users)
    return {
        "access.conf": {
            "maps": access_maps(settings.users, settings.anonymous_pull),
            # NGINX sizes a hash for all its values at once; the default of 2048 ends at about 1,000 users.
            "map_hash_max_size": max(2048, 8 * users),
        },
        "upstream.conf": {},
        "headers.conf": {"strict_transport_security": is_public_name(settings.domain)},
        "closed.conf": {"read_only": settings.read_only, "read_only_switch": paths.read_only},
        "full.conf": {},
        "tag_rules.conf": {"rules": settings.tags},
        "tags.conf": {"blobs_root": f"{paths.store}/docker/registry/v2"},
        "error_pages.conf": {"pages": PAGES},
        "errors.conf": {"pages": PAGES, "internal": INTERNAL},
        "nginx.conf": {
            "status_page": settings.status_page,
            # Docker has started it as that already.
            "worker_user": None if plan.compose else plan.front_account,
            "worker_group": plan.front_account,
            "run": paths.run,
            "log": paths.log,
            "registry_socket": paths.registry_socket,
            "password_socket": paths.password_socket,
            "credentials": paths.credentials,
            "full": paths.full,
            "status_socket": paths.status_socket if settings.metrics else None,
            "blobs_root": f"{paths.store}/docker/registry/v2",
            "listen": settings.listen_addresses,
            "server_name": settings.domain,
            "served": served_pattern(plan),
            "challenge": challenge_values(plan),
            "repository_name": NAME,
            "mount_digest": MOUNT_DIGEST,
            "mount_from": MOUNT_FROM,
        },
    }
