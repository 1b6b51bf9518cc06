"""Says what a cloud's trust makes of a token. The token itself is never printed, and its signature never verified."""

import base64
import binascii
import dataclasses
import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from dockyard.errors import DockyardError
from dockyard.trust.evaluate import Cloud, detect, evaluate
from dockyard.trust.verdict import Verdict

UNVERIFIED = "neither signature nor expiry are verified: only the claims are judged"


def explain(token: bytes, policy: bytes, cloud: str | None, *, as_json: bool) -> None:
    """Prints every condition and the first that fails. Raises SystemExit(1) where the token would be refused."""
    claims = read_claims(token)
    document = _json(policy, "the policy")
    kind = Cloud(cloud) if cloud else detect(document)
    verdict = evaluate(document, claims, kind)
    click.echo(_document(verdict, kind) if as_json else "\n".join(_lines(verdict, kind)))
    if not verdict.allowed:
        sys.exit(1)


def read_claims(token: bytes) -> Mapping[str, Any]:
    """The claims of a JWT, or of their JSON. Raises DockyardError, which holds nothing of the token, for anything else."""
    text = token.strip()
    parts = text.split(b".")
    if not text.startswith(b"{") and len(parts) == 3:
        try:
            text = base64.b64decode(parts[1] + b"=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True)
        except binascii.Error:
            raise DockyardError("the token is no JWT: its second part is no base64url") from None
    claims = _json(text, "the token")
    if not isinstance(claims, Mapping):
        raise DockyardError("the claims of the token are no JSON object")
    return claims


def _json(text: bytes, what: str) -> Any:
    """Parsed, or an error that quotes nothing of the text."""
    try:
        return json.loads(text)
    except ValueError:
        hint = "a JWT has three parts with a dot between; its claims are a JSON object"
        raise DockyardError(f"{what} is no JSON", hint if what == "the token" else "") from None


def _document(verdict: Verdict, cloud: Cloud) -> str:
    return json.dumps(
        {
            "cloud": cloud,
            "allowed": verdict.allowed,
            "signatureVerified": False,
            "checks": [dataclasses.asdict(check) for check in verdict.checks],
            "failed": dataclasses.asdict(verdict.failed) if verdict.failed else None,
        }
    )


def _lines(verdict: Verdict, cloud: Cloud) -> list[str]:
    lines = [f"{cloud}: {UNVERIFIED}"]
    for check in verdict.checks:
        lines += [f"  {'pass' if check.passed else 'FAIL'}  {check.condition}", f"        {check.why}"]
    if verdict.failed:
        return [*lines, f"refused: {verdict.failed.condition}: {verdict.failed.why}"]
    return [*lines, "allowed"]
