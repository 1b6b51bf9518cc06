"""What needs somebody's attention: it stands at the top of the status page, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dockyard.ops.shown import several

BAD = ("failure", "warning")
MOST = 20
"""Broken images that are named; of the others, how many there are."""
ASK = "Tell whoever runs this registry."


class Matter(NamedTuple):
    """status: failure or warning. hint: a command to type, or ""."""

    status: str
    title: str
    text: str
    hint: str = ""


def matters(
    condition: Mapping[str, Any], repositories: Sequence[Mapping[str, Any]], admin: bool
) -> list[Matter]:
    """The worst first. Who is no admin is told neither paths nor what the jobs said: other repositories stand in that."""
    found = [
        *_writes(condition["writes"]),
        *_host(condition, admin),
        *_jobs(condition["jobs"], admin),
        *_broken(repositories),
    ]
    return sorted(found, key=lambda it: BAD.index(it.status))


def _writes(writes: Mapping[str, str]) -> Iterator[Matter]:
    if writes["text"]:
        status = writes["status"] if writes["status"] in BAD else "warning"
        yield Matter(status, "Pushes are refused", writes["text"])


def _host(condition: Mapping[str, Any], admin: bool) -> Iterator[Matter]:
    certificate, disk = condition["certificate"], condition["disk"]
    if certificate["status"] in BAD:
        text = certificate["evidence"] if admin else _certificate(certificate)
        yield Matter(certificate["status"], "Certificate", text, certificate["hint"] if admin else "")
    if disk["status"] in BAD and admin:
        yield Matter(disk["status"], "Disk", disk["evidence"], "dockyard gc")


def _certificate(certificate: Mapping[str, Any]) -> str:
    days = certificate["days"]
    return f"it ends in {several(days, 'day')}. {ASK}" if days >= 0 else f"it has ended. {ASK}"


def _jobs(jobs: Sequence[Mapping[str, Any]], admin: bool) -> Iterator[Matter]:
    for job in jobs:
        if job["status"] not in BAD:
            continue
        if admin:
            yield Matter(job["status"], job["title"], job["evidence"], job["hint"])
        elif job["job"] in ("backup", "drill"):
            yield Matter(job["status"], job["title"], f"it has not succeeded in time. {ASK}")


def _broken(repositories: Sequence[Mapping[str, Any]]) -> Iterator[Matter]:
    named = [fault for it in repositories for fault in it["faults"]][:MOST]
    more = sum(it["faults_in_all"] for it in repositories) - len(named)
    for fault in named:
        yield Matter("failure", "Broken image", f"{fault}. Push it again, or restore it from the backup.")
    if more:
        yield Matter("failure", "Broken images", f"and {several(more, 'more fault')}.")
