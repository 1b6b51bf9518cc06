"""Requests to a registry, each kept with its answer for the trace. Passwords are masked when it is kept, not when it is shown."""

import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from dockyard.doctor import mask
from dockyard.doctor.target import Target

SECONDS = 12.0
SHOWN, LARGEST = 400, 64 << 20


@dataclass
class Exchange:
    """status: 0 where no answer has come."""

    method: str
    url: str
    request_headers: list[tuple[str, str]]
    tls: str = ""
    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def failed(self) -> bool:
        """A 401 is how a registry asks for a login."""
        return bool(self.error) or (self.status >= 400 and not (self.status == 401 and not self.signed))

    @property
    def signed(self) -> bool:
        return any(name.lower() == "authorization" for name, _ in self.request_headers)


class Recorder(httpx.BaseTransport):
    """A transport that keeps what goes through it. Answers end at LARGEST bytes."""

    def __init__(self, context: ssl.SSLContext, kept: list[Exchange], tls: str) -> None:
        self._inner = httpx.HTTPTransport(verify=context, trust_env=False)
        self._kept, self._tls = kept, tls

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(name, mask.header(name, value)) for name, value in request.headers.items()]
        kept = Exchange(request.method, mask.address(str(request.url)), headers, self._tls)
        self._kept.append(kept)
        started = time.monotonic()
        try:
            answer = self._inner.handle_request(request)
        except httpx.TransportError as error:
            kept.error = mask.plain(str(error)) or type(error).__name__
            raise
        finally:
            kept.seconds = time.monotonic() - started
        kept.status = answer.status_code
        kept.reason = mask.plain(answer.extensions.get("reason_phrase", b"").decode("ascii", "replace"))
        kept.headers = [(name, mask.header(name, value)) for name, value in answer.headers.items()]
        stream = _Kept(answer.stream, kept)  # type: ignore[arg-type]
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions
        )

    def close(self) -> None:
        self._inner.close()


class _Kept(httpx.SyncByteStream):
    """A body, its start kept."""

    def __init__(self, inner: httpx.SyncByteStream, kept: Exchange) -> None:
        self._inner, self._kept = inner, kept

    def __iter__(self) -> Iterator[bytes]:
        start, count = b"", 0
        for part in self._inner:
            start, count = (start + part)[:SHOWN] if len(start) < SHOWN else start, count + len(part)
            if count > LARGEST:
                raise httpx.ReadError(f"the answer is longer than {LARGEST >> 20} MiB")
            self._kept.body = mask.body(start.decode("utf-8", "replace"))
            yield part

    def close(self) -> None:
        self._inner.close()


def talk(
    target: Target,
    context: ssl.SSLContext,
    kept: list[Exchange],
    auth: httpx.Auth | None = None,
    tls: str = "",
) -> httpx.Client:
    """A client of the registry. No proxy is used, no netrc is read, no redirect is followed."""
    return httpx.Client(
        base_url=target.url,
        transport=Recorder(context, kept, tls),
        auth=auth,
        timeout=SECONDS,
        trust_env=False,
        headers={"User-Agent": "dockyard-doctor", "Accept-Encoding": "identity"},
    )


def shown(exchange: Exchange) -> list[str]:
    """As people know it from curl -v."""
    lines = [
        f"> {exchange.method} {exchange.url}",
        *(f"> {name}: {value}" for name, value in exchange.request_headers),
    ]
    lines += [f"* {exchange.tls}"] if exchange.tls else []
    if exchange.error:
        return [*lines, f"* no answer after {exchange.seconds:.2f} s: {exchange.error}"]
    lines += [
        f"* first byte after {1000 * exchange.seconds:.0f} ms",
        f"< {exchange.status} {exchange.reason}",
    ]
    lines += [f"< {name}: {value}" for name, value in exchange.headers]
    return [*lines, *([exchange.body] if exchange.body else [])]


def error_of(answer: httpx.Response) -> str:
    """The registry's own words of an error, in a line."""
    try:
        first = answer.json()["errors"][0]
        detail = first.get("message") or ""
        return mask.body(f"{first.get('code', '')}: {detail}".strip(": "))[:160]
    except (ValueError, LookupError, TypeError, AttributeError):
        return mask.body(answer.text[:80].strip())


def plain(exchange: Exchange) -> Mapping[str, object]:
    """For --json."""
    return {
        "request": f"{exchange.method} {exchange.url}",
        "requestHeaders": dict(exchange.request_headers),
        "tls": exchange.tls,
        "status": exchange.status,
        "headers": dict(exchange.headers),
        "body": exchange.body,
        "seconds": round(exchange.seconds, 4),
        "error": exchange.error,
    }
