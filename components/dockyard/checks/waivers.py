"""What a waiver may name and how long it may hold: the same for those that judge by themselves and those that the engine judges for."""

from datetime import timedelta

LONGEST = timedelta(days=366)
STACK = "stack"
"""What stands for a resource where a violation is of the stack as a whole."""


def names(urn: str) -> tuple[str, ...]:
    """How a waiver may name the place of a violation: its URN or the resource's name; STACK where there is no resource."""
    return (urn, urn.rpartition("::")[2]) if urn else (STACK,)
