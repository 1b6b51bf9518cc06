"""A line of Traefik's access log, in the words of the audit log."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

NANOSECONDS = 1e9
REFUSED_BEFORE = (401, 429)
"""Answers that are given before, or instead of, signing somebody in."""
USER, AGENT = "request_X-Dockyard-User", "request_User-Agent"
_PLACE = re.compile(r"/v2/(.+)/(manifests|blobs/uploads|blobs|tags|referrers)/([^/]*)")
_DIGEST = re.compile(r"[A-Za-z0-9_+.-]+:[A-Za-z0-9=_-]+")


def is_traefik(found: Mapping[str, Any]) -> bool:
    return "StartUTC" in found and "DownstreamStatus" in found


def translated(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same as NGINX writes it. What Traefik does not say is left out: the role, and a request's id.

    Who has not signed in may have sent any name, and so may who was sent away before.
    """
    status, path = found["DownstreamStatus"], unquote(str(found.get("RequestPath", "")).partition("?")[0])
    place = _PLACE.fullmatch(path)
    repository, kind, reference = place.groups() if place else ("", "", "")
    signed_in = status not in REFUSED_BEFORE and found.get("RouterName")
    duration = found.get("Duration")
    credentials = found.get("request_Authorization") is not None
    return {
        "time": found["StartUTC"],
        "user": found.get(USER) if signed_in else "",
        "failed_login": status == REFUSED_BEFORE[0] and credentials,
        "address": found.get("ClientHost"),
        "method": found.get("RequestMethod"),
        "path": path,
        "repository": repository,
        "reference": reference if kind == "manifests" else "",
        "digest": reference if _DIGEST.fullmatch(reference) else "",
        "status": status,
        "bytes_in": found.get("RequestContentSize"),
        "bytes_out": found.get("DownstreamContentSize"),
        "duration": duration / NANOSECONDS if isinstance(duration, int) else 0,
        "tls": found.get("TLSVersion"),
        "agent": found.get(AGENT),
    }
