"""What policies find."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """What a policy has against a resource, or ("") against the stack as a whole.

    policy: its name. mandatory: whether it fails the check. description: why there is such a rule.
    message: what to change. severity: low, medium, high, critical or "".
    """

    policy: str
    mandatory: bool
    message: str
    urn: str = ""
    description: str = ""
    severity: str = ""
