"""How far two clocks are apart: this machine's and the registry's, by the Date of its answer."""

import email.utils

from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok, skipped, span, warning

NAME = "clock skew"
NOTICED = 5.0
"""Date counts whole seconds, and stands in the answer a moment before it is here; a kept clock is off by less."""
LEEWAY = 60.0
"""How far off a token's times may be: distribution's registry/auth/token/token.go."""


def date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


def judge(target: Target, header: str, now: float) -> Verdict:
    """now: this machine's time as the answer came."""
    theirs = date(header)
    if theirs is None:
        return skipped(NAME, "the answer has no Date")
    apart = theirs - now
    if abs(apart) <= NOTICED:
        return ok(NAME, f"{target.host} and this machine are at most {NOTICED:g} s apart")
    size = f"{abs(apart):.0f} s" if abs(apart) < 120 else span(abs(apart))
    evidence = f"{target.host} is {size} {'ahead of' if apart > 0 else 'behind'} this machine"
    command = f"timedatectl  # here and on {target.host}: whose clock is kept?"
    if abs(apart) > LEEWAY:
        return failure(NAME, f"{evidence}: tokens and certificates fail that way", command)
    return warning(NAME, evidence, command)
