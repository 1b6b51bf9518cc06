"""`ops.pyz certificate`: a certificate by ACME, obtained, renewed in time, checked, and given to the front without a restart.

What works is never taken away: a certificate is put in place when it is whole and right, and a failed renewal changes nothing.
"""

import socket
import time
from pathlib import Path
from typing import Any

from dockyard.ops import certbot, ports, results, served
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import locked
from dockyard.ops.pair import Pair
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings

JOB = "certificate"
WAIT_SECONDS = 1200.0
FRONT_SECONDS = 60.0
FIRST, LONGEST, LIMITED = 900.0, 12 * 3600.0, 3 * 3600.0
"""Seconds until a failed try is followed by another: doubled each time, up to twice a day. Authorities bear five in an hour."""
PART = 3
"""Renewed when a third of its life is left."""
FROM_STACK = {
    "own": ("it is of the own authority, and `up` renews it", "dockyard up"),
    "given": ("it was given with the stack", "give the stack a new pair, then: dockyard up"),
}


def certificate(settings: Settings, force: bool, report: Report) -> dict[str, Any]:
    """Obtains one where it is due, or where it is told to. Raises OpsError; the front then goes on with what it has."""
    if not settings.acme:
        text, hint = FROM_STACK[settings.looks_at["certificate_kind"]]
        raise OpsError(f"the certificate of this registry does not come by ACME: {text}", hint)
    with (
        locked(settings.state, "a certificate", "certificate.lock", WAIT_SECONDS),
        results.remembered(settings.state, JOB) as found,
    ):
        pair = served.known(settings)
        renews = force or pair is None or due(pair, time.time())
        if renews:
            pair = _obtained(settings, report, found)
        told = served.tell_front(settings)
        found.update(failures=0, pause=0.0, **described(settings, pair))
        return {**described(settings, pair), "renewed": renews, "reloaded": told}


def due(pair: Pair, now: float) -> bool:
    return pair.ends - now <= (pair.ends - pair.begins) / PART


def described(settings: Settings, pair: Pair | None) -> dict[str, Any]:
    if pair is None:
        return {}
    ends = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(pair.ends))
    return {"domain": settings.looks_at["domain"], "issuer": pair.issuer, "ends": ends, "serial": pair.serial}


def pause(failures: int, limited: bool) -> float:
    """Seconds to wait after so many failures in a row."""
    grown = min(LONGEST, FIRST * 2.0 ** min(failures - 1, 10))
    return max(grown, LIMITED) if limited else grown


def _obtained(settings: Settings, report: Report, found: dict[str, Any]) -> Pair:
    acme, domain = settings.acme, settings.looks_at["domain"]
    try:
        _await_answers(settings)
        report.progress(f"asking {acme['server']} for a certificate for {domain} ({acme['challenge']})")
        files = certbot.obtain(settings)
        return served.lay(settings, files.certificate, files.key)
    except OpsError as error:
        failures = int(results.last(settings.state, JOB).get("failures", 0)) + 1
        limited = isinstance(error, certbot.Refused) and error.limited
        found.update(failures=failures, pause=pause(failures, limited))
        raise


def _await_answers(settings: Settings) -> None:
    """The front may have been started a moment ago. Raises OpsError where its port for the challenge stays silent."""
    deadline = time.monotonic() + FRONT_SECONDS
    for text in settings.acme["answers"]:
        address = ports.reachable(text)
        while not _answers(address):
            if time.monotonic() > deadline:
                raise OpsError(f"nobody answers at {text}, where the authority asks", "dockyard doctor")
            time.sleep(0.2)


def _answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 5).close()
    except OSError:
        return False
    return True


def status(settings: Settings) -> dict[str, Any]:
    """Whose certificate is served, until when, and how the last try went."""
    kind = settings.looks_at.get("certificate_kind", "own")
    if kind != "acme":
        text, _ = FROM_STACK[kind]
        return {"kind": kind, "domain": settings.looks_at["domain"], "text": text}
    last = results.last(settings.state, JOB)
    pair = served.known(settings)
    again = last["started"] + max(last.get("pause", 0), 0)
    return {
        "kind": kind,
        **described(settings, pair),
        "domain": settings.looks_at["domain"],
        "days": int((pair.ends - time.time()) // 86400) if pair else None,
        "error": last["error"],
        "next_try": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(again)) if last["error"] else "",
        "folder": str(Path(settings.acme["folder"])),
    }
