"""Whom the certificate of the front names, who has signed it and when it ends."""

import ssl
from pathlib import Path
from typing import Any


def described(file: Path) -> dict[str, Any]:
    """`subject`, `names`, `issuer` and `ends` (seconds since 1970) of the first certificate in the file; {} where it cannot be read."""
    try:
        # Python has no public way to read a certificate that is not being connected to; this one is there since 2.6.
        read: dict[str, Any] = ssl._ssl._test_decode_cert(str(file))  # type: ignore[attr-defined]
        return {
            "subject": _name(read["subject"]),
            "issuer": _name(read["issuer"]),
            "names": [str(value) for _, value in read.get("subjectAltName", ())],
            "ends": float(ssl.cert_time_to_seconds(read["notAfter"])),
        }
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def _name(parts: Any) -> str:
    """The common name, else the organisation, else all of it."""
    known = {key: value for group in parts for key, value in group}
    for key in ("commonName", "organizationName"):
        if key in known:
            return str(known[key])
    return ", ".join(str(value) for value in known.values())
