"""What one check of the doctor came to."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Verdict:
    """status: ok, warning, failure or skipped. evidence: what was seen. hint: the next command to type, "" where all is well."""

    name: str
    status: str
    evidence: str
    hint: str = ""

    def plain(self) -> dict[str, str]:
        return asdict(self)


def ok(name: str, evidence: str) -> Verdict:
    return Verdict(name, "ok", evidence)


def warning(name: str, evidence: str, hint: str) -> Verdict:
    return Verdict(name, "warning", evidence, hint)


def failure(name: str, evidence: str, hint: str) -> Verdict:
    return Verdict(name, "failure", evidence, hint)


def skipped(name: str, evidence: str, hint: str = "") -> Verdict:
    return Verdict(name, "skipped", evidence, hint)


def span(seconds: float) -> str:
    """A length of time for people: `3 days`, `5 hours`, `12 minutes`."""
    for size, unit in ((86400, "days"), (3600, "hours")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"
