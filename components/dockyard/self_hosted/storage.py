"""Which folders may hold the images: the store's folder gets an owner and a mode of its own, and may be deleted with all in it."""

import re

_PLAIN = re.compile(r"(/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._+@-]+)+")
_SYSTEM = re.compile(
    r"/(bin|boot|etc|lib|lib32|lib64|libx32|run|sbin|usr|var/run)(/.*)?"
    r"|/(dev|dev/shm|home|media|mnt|opt|proc|root|srv|sys|tmp|var)"
    r"|/var/(backups|cache|lib|local|lock|log|mail|opt|spool|tmp)"
)
_HIDDEN = re.compile(r"/(home|root|tmp|var/tmp)(/.*)?")


def storage_problem(path: str) -> str:
    """Why the path cannot be the store's; "" where it can."""
    if not _PLAIN.fullmatch(path):
        return f"is not an absolute path without special characters: {path!r}"
    if _SYSTEM.fullmatch(path):
        return f"is a folder of the system: {path!r}"
    return ""


def hidden_from_units(path: str) -> bool:
    """Whether a unit with `ProtectHome` and `PrivateTmp` (systemd.exec(5)) sees another folder there, or none."""
    return bool(_HIDDEN.fullmatch(path))
