"""Checks that components and the policy pack share: pure functions of plain values."""

from dockyard.checks.logins import short_lived_login

__all__ = ["short_lived_login"]
