"""Whether what answers at /v2/ is a registry."""

import httpx

from dockyard.doctor import mask
from dockyard.doctor.exchange import error_of
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME, LIMIT = "registry", "rate limit"
VERSION = "Docker-Distribution-Api-Version"
SLOW = 5.0
FEW = 0.1
LIMITS = (("RateLimit-Limit", "RateLimit-Remaining"), ("X-RateLimit-Limit", "X-RateLimit-Remaining"))


def judge(target: Target, answer: httpx.Response, seconds: float) -> Verdict:
    """answer: to GET /v2/ without a login. seconds: to its first byte."""
    status, kind = answer.status_code, answer.headers.get("Content-Type", "")
    command = f"curl -si {target.url}/v2/ | head -n 20"
    if answer.is_redirect:
        where = mask.header("Location", answer.headers.get("Location", ""))
        return failure(NAME, f"/v2/ sends on to {where}: Docker does not sign in there", command)
    if status == 429:
        wait = answer.headers.get("Retry-After", "")
        return failure(
            NAME, f"/v2/ answers 429, too many requests{f'; again in {wait} s' if wait else ''}", command
        )
    if status >= 500:
        evidence = (
            f"/v2/ answers {status} {error_of(answer)}: the proxy is there, and the registry behind it is not"
        )
        return failure(NAME, evidence, command)
    if "html" in kind and not (status == 401 and "WWW-Authenticate" in answer.headers):
        evidence = f"/v2/ answers {status} with a page ({kind}): Docker says `invalid character '<'`"
        return failure(NAME, evidence, command)
    if status not in (200, 401):
        return failure(NAME, f"/v2/ answers {status} {error_of(answer)}, and a registry 200 or 401", command)
    version = answer.headers.get(VERSION, "")
    if status == 401 and "WWW-Authenticate" not in answer.headers:
        return failure(
            NAME, "/v2/ answers 401 without WWW-Authenticate: no client knows how to sign in", command
        )
    evidence = f"/v2/ answers {status} in {1000 * seconds:.0f} ms"
    if version not in ("", "registry/2.0"):
        return failure(NAME, f"{evidence}, as {mask.plain(version)}", command)
    if seconds > SLOW:
        return warning(NAME, evidence, f"curl -so /dev/null -w '%{{time_starttransfer}}\\n' {target.url}/v2/")
    return ok(NAME, evidence if version else f"{evidence}; it does not say {VERSION}, which few clients miss")


def judge_error(target: Target, error: httpx.TransportError) -> Verdict:
    """No whole answer came."""
    kind = (
        "takes a request and does not answer"
        if isinstance(error, httpx.TimeoutException)
        else f"breaks off: {error}"
    )
    return failure(NAME, f"/v2/: {target.host} {kind}", f"curl -sv {target.url}/v2/")


def judge_limit(answers: list[httpx.Response]) -> Verdict:
    """Docker Hub counts pulls, and says so with manifests: `100;w=21600`."""
    for answer in reversed(answers):
        for limit, remaining in LIMITS:
            if limit in answer.headers and remaining in answer.headers:
                return _limit(answer.headers[limit], answer.headers[remaining])
    return skipped(LIMIT, "no answer tells of one")


def _limit(limit: str, remaining: str) -> Verdict:
    most, left = (text.partition(";")[0].strip() for text in (limit, remaining))
    evidence = f"{mask.plain(left)} of {mask.plain(most)} requests left"
    if not (most.isdecimal() and left.isdecimal()):
        return skipped(LIMIT, evidence)
    if int(left) <= int(most) * FEW:
        return warning(LIMIT, f"{evidence}; then Docker says `toomanyrequests`", "docker login")
    return ok(LIMIT, evidence)
