"""The tables of the status page about jobs and host."""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.ops.markup import Html, element, joined, lines
from dockyard.ops.shown import every, length, moment, several, size

STATES = {"ok": "in order", "skipped": "not yet", "warning": "waiting", "failure": "failed or late"}
COLOURS = {"ok": "good", "skipped": "soft", "warning": "warning", "failure": "failure"}


def when(at: float) -> Html:
    return element("time", moment(at), class_="whole", datetime=moment(at, "%Y-%m-%dT%H:%M:%SZ"))


def headed(*names: str) -> Html:
    """The first row of a table; names that begin with # are of numbers."""
    cells = [
        element("th", name.removeprefix("#"), scope="col", class_="number" if name.startswith("#") else None)
        for name in names
    ]
    return element("thead", element("tr", *cells))


def jobs(entries: Sequence[Mapping[str, Any]], now: float, admin: bool) -> Html:
    shown = (
        entries if admin else [it for it in entries if it["job"] in ("backup", "drill", "retention", "gc")]
    )
    rows = [_job(it, now, admin) for it in shown]
    columns = ("Job", "State", "Last success", *(("Outcome",) if admin else ()))
    if not rows:
        return element(
            "section", element("h2", "Upkeep"), element("p", "Nothing runs by the clock.", class_="empty")
        )
    return element(
        "section",
        element("h2", "Upkeep"),
        element("table", headed(*columns), element("tbody", lines(*rows))),
    )


def _job(job: Mapping[str, Any], now: float, admin: bool) -> Html:
    often = every(job["every"]) if job["every"] else "by hand"
    last: Html | str = "never"
    if job["succeeded"]:
        last = joined(
            when(job["succeeded"]), ", ", element("span", _ago(now - job["succeeded"]), class_="soft whole")
        )
    cells = [
        element("th", job["title"], " ", element("span", often, class_="soft whole"), scope="row"),
        element("td", element("span", STATES[job["status"]], class_=f"{COLOURS[job['status']]} whole")),
        element("td", last, data_is="Last"),
    ]
    if admin:
        took = f" in {length(job['seconds'])}" if job["seconds"] is not None and job["succeeded"] else ""
        cells.append(element("td", f"{job['outcome']}{took}"))
    return element("tr", *cells)


def _ago(seconds: float) -> str:
    return f"{length(seconds)} ago" if seconds >= 0 else "in the future"


def host(condition: Mapping[str, Any], admin: bool) -> Html:
    facts = [*_certificate(condition["certificate"], admin), *(_details(condition) if admin else ())]
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in facts
        if value
    ]
    return element(
        "section",
        element("h2", "Host" if admin else "Certificate"),
        element("table", element("tbody", lines(*rows)), class_="facts"),
    )


def _certificate(found: Mapping[str, Any], admin: bool) -> list[tuple[str, Html | str]]:
    if "ends" not in found:
        return [("Certificate", "cannot be read")]
    days = found["days"]
    left = f"{several(days, 'day')} left" if days >= 0 else "it has ended"
    colour = COLOURS[found["status"]]
    ends = joined(when(found["ends"]), ", ", element("span", left, class_=f"{colour} whole"))
    names = ", ".join(found["names"]) or found["subject"]
    return [
        ("Certificate" if admin else "Names", names),
        ("Signed by", found["issuer"]),
        ("Valid until", ends),
    ]


def _details(condition: Mapping[str, Any]) -> list[tuple[str, Html | str]]:
    disk, versions = condition["disk"], condition["versions"]
    return [
        ("Store", element("code", disk["path"])),
        ("Disk", f"{size(disk['free'])} of {size(disk['total'])} free; {_reserve(disk['reserve'])}"),
        ("Backups", "" if condition["backs_up"] else "none are made"),
        ("Pushes", condition["writes"]["text"] or "are taken"),
        ("Programs", ", ".join(f"{name} {version}" for name, version in versions.items() if version)),
    ]


def _reserve(kept: int) -> str:
    return f"below {size(kept)} uploads are refused" if kept else "no reserve"
