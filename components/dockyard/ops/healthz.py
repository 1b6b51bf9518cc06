"""What the front serves: whether it answers, whether the registry behind it does, and until when its certificate is good.

Nothing is trusted here and no password is sent: whether the certificate is the right one, `doctor` says.
"""

import http.client
from calendar import timegm
from collections.abc import Iterator
from time import strptime

from dockyard.ops.unverified import connected

SECONDS = 5.0
CONTEXT_0, UTC_TIME = 0xA0, 0x17
FIRST_OF_1900 = 50
"""Two digits of a year from here on are of the last century (RFC 5280, 4.1.2.5.1)."""


def look(address: tuple[str, int], domain: str) -> tuple[int, float]:
    """The status of /healthz, and when the certificate ends in seconds since 1970. Raises OSError where nobody answers."""
    with connected(address, domain, SECONDS) as connection:
        ends = end_of(connection.getpeercert(binary_form=True) or b"")
        connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
        except http.client.HTTPException as error:
            raise OSError(f"no answer of HTTP: {error}") from None
        return answer.status, ends


def end_of(certificate: bytes) -> float:
    """`notAfter` of a certificate in DER: the fourth or fifth part of what is signed holds both times. Raises OSError."""
    try:
        ((_, whole),) = _parts(certificate)
        signed = next(content for _, content in _parts(whole))
        parts = [part for part in _parts(signed) if part[0] != CONTEXT_0]
        (_, _), (kind, text) = _parts(parts[3][1])
        return _seconds(kind, text.decode("ascii"))
    except (ValueError, IndexError, StopIteration) as error:
        raise OSError(f"the certificate cannot be read: {error}") from None


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each part, by DER's lengths."""
    place = 0
    while place < len(content):
        tag, size, place = content[place], content[place + 1], place + 2
        if size & 0x80:
            count = size & 0x7F
            size, place = int.from_bytes(content[place : place + count], "big"), place + count
        if place + size > len(content):
            raise ValueError("a part is cut off")
        yield tag, content[place : place + size]
        place += size


def _seconds(kind: int, text: str) -> float:
    if kind == UTC_TIME:
        text = ("19" if int(text[:2]) >= FIRST_OF_1900 else "20") + text
    return float(timegm(strptime(text, "%Y%m%d%H%M%SZ")))
