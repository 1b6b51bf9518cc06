"""One server's TLS: its handshake, its certificate, and who would trust it. Each check connects for itself."""

import datetime
import shlex
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dockyard.doctor import certificate, tls, trust
from dockyard.doctor.target import Target
from dockyard.ops.doctor import Check
from dockyard.ops.verdict import Verdict

CERTIFICATE = (certificate.DATES, certificate.NAME, certificate.CHAIN)
SECURE = (tls.NAME, *CERTIFICATE)
TRUST = ("trust: system", *(f"trust: {kind}" for kind in trust.FOLDERS))


class Handshakes:
    """address: where the server is reached, once that is known."""

    def __init__(self, target: Target, now: Callable[[], float]) -> None:
        self.target = target
        self.address = ""
        self._now = now
        self._shown: tls.Shown | None = None

    def handshake(self) -> Verdict:
        try:
            self._shown = tls.look(self.target, self.address)
        except (tls.PlainHttp, OSError) as error:
            return tls.judge_error(self.target, error)
        return tls.judge(self.target, self._shown)

    def certificate_checks(self) -> dict[str, Check]:
        return dict(zip(CERTIFICATE, (self._dates, self._name, self._chain), strict=True))

    def trust_checks(self) -> dict[str, Check]:
        system = partial(trust.system, self.target, self._trusts)
        clients = [partial(trust.client, kind, self.target, self._trusts) for kind in trust.FOLDERS]
        return dict(zip(TRUST, (system, *clients), strict=True))

    def described(self) -> str:
        """In a line, for the trace; "" where there was none."""
        if self._shown is None:
            return ""
        found = self._certificate()
        shown = (
            f"{self._shown.version}, {self._shown.cipher}; certificate of {found.subject} by {found.issuer}"
        )
        return f"{shown}, until {found.end:%Y-%m-%d}"

    def _certificate(self) -> certificate.Certificate:
        return certificate.read(self._shown.certificate if self._shown else b"")

    def _dates(self) -> Verdict:
        found = self._certificate()
        now = datetime.datetime.fromtimestamp(self._now(), datetime.UTC)
        verdict = certificate.judge_dates(self.target, found, now)
        if verdict.status == "failure" or self._trusts(self.target.context()):
            return verdict
        context = self.target.context()
        context.check_hostname = False
        above = tls.verified(self.target, self.address, context)
        return certificate.judge_dates(self.target, found, now, above)

    def _name(self) -> Verdict:
        return certificate.judge_name(self.target, self._certificate())

    def _chain(self) -> Verdict:
        reason = self._trusts(self.target.context())
        verdict = certificate.judge_chain(self.target, self._certificate(), reason)
        if reason and not self.target.authority and (file := trust.authority_of(self.target)):
            return replace(verdict, hint=f"{self.target.typed} --ca {shlex.quote(str(file))}")
        return verdict

    def _trusts(self, context: ssl.SSLContext) -> str:
        return tls.trusted(self.target, self.address, context)
