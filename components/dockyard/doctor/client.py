"""Every check from a client's side, in the order in which one needs another; what needs one that failed is skipped."""

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import httpx

from dockyard.doctor import (
    addresses,
    certificate,
    connect,
    exposure,
    images,
    login,
    probe,
    protocol,
    proxies,
    reference,
    skew,
    tls,
    uploads,
)
from dockyard.doctor.exchange import Exchange, talk
from dockyard.doctor.handshakes import CERTIFICATE, SECURE, TRUST, Handshakes
from dockyard.doctor.target import Target
from dockyard.ops import clock
from dockyard.ops.doctor import Check, examine
from dockyard.ops.verdict import Verdict, ok, skipped

SECONDS = 30.0
WAITS = "needs: "
"""How the evidence of a check begins that another one has kept from running."""
PROBE_SECONDS = 240.0


@dataclass(frozen=True)
class Finding:
    """group: where it belongs for a person: network, tls, protocol, login, images, probe or host."""

    group: str
    verdict: Verdict

    def plain(self) -> dict[str, str]:
        return {"group": self.group, **self.verdict.plain()}


class Stage(NamedTuple):
    """Checks that run side by side. needs: names of earlier checks."""

    group: str
    checks: Mapping[str, Check]
    needs: tuple[str, ...] = ()


class Examination:
    """One look at one registry."""

    def __init__(self, target: Target, now: Callable[[], float] = time.time) -> None:
        self.target = target
        self.exchanges: list[Exchange] = []
        self._now = now
        self._addresses: tuple[str, ...] = ()
        self._reached: tuple[str, ...] = ()
        self._handshakes = Handshakes(target, now)
        self._answer: httpx.Response | None = None
        self._asked_at = 0.0
        self._answers: list[httpx.Response] = []
        self._blocked: dict[str, str] = {}

    def run(self, *, with_probe: bool = False) -> list[Finding]:
        """Raises DockyardError for an authority that cannot be read."""
        self.target.context()
        found = [finding for stage in self._stages() for finding in self._run(stage)]
        return [*found, *(self._probe() if with_probe else ())]

    def _run(self, stage: Stage) -> list[Finding]:
        if blocker := next((name for name in stage.needs if name in self._blocked), None):
            verdicts = [skipped(name, f"{WAITS}{self._blocked[blocker]}") for name in stage.checks]
            self._blocked |= dict.fromkeys(stage.checks, self._blocked[blocker])
        else:
            verdicts = [self._typed(it) for it in examine(stage.checks, SECONDS)]
            self._blocked |= {it.name: it.name for it in verdicts if it.status == "failure"}
        return [Finding(stage.group, verdict) for verdict in verdicts]

    def _typed(self, verdict: Verdict) -> Verdict:
        """What a check that broke down asks for knows nothing of this registry."""
        own = {
            "dockyard doctor": f"{self.target.typed} --trace",
            "sudo dockyard doctor": f"sudo {self.target.typed}",
        }
        return replace(verdict, hint=own.get(verdict.hint, verdict.hint))

    def _stages(self) -> list[Stage]:
        target = self.target
        first: dict[str, Check] = {
            "host name": partial(reference.judge_host, target),
            addresses.NAME: self._resolve,
            proxies.NAME: partial(proxies.judge, os.environ, target.host, target.plain),
            "own clock": self._own_clock,
        }
        named: dict[str, Check] = {}
        if target.image:
            named["image name"] = partial(reference.judge, target.image, target)
        return [
            Stage("network", first),
            Stage("images", named),
            Stage("network", {connect.NAME: self._connect}, (addresses.NAME,)),
            *self._tls_stages(),
            Stage("protocol", {protocol.NAME: self._ask}, (connect.NAME, tls.NAME)),
            Stage("protocol", {skew.NAME: self._skew, exposure.NAME: self._exposure}, (protocol.NAME,)),
            Stage("protocol", {uploads.SIZE: self._size}, (protocol.NAME, *SECURE)),
            Stage("login", {login.ASKED: self._challenge}, (protocol.NAME,)),
            Stage("login", {login.NAME: self._login}, (login.ASKED, *SECURE)),
            Stage("images", self._signed_in(), (login.NAME, "image name")),
            Stage("images", {protocol.LIMIT: lambda: protocol.judge_limit(self._answers)}, (protocol.NAME,)),
        ]

    def _tls_stages(self) -> list[Stage]:
        if self.target.plain:
            why = "plain HTTP, as asked for"
            return [Stage("tls", {name: partial(skipped, name, why) for name in (*SECURE, *TRUST)})]
        seen = self._handshakes
        return [
            Stage("tls", {tls.NAME: seen.handshake}, (connect.NAME,)),
            Stage("tls", seen.certificate_checks(), (tls.NAME,)),
            Stage("tls", seen.trust_checks(), (certificate.CHAIN,)),
        ]

    def _signed_in(self) -> dict[str, Check]:
        checks: dict[str, Check] = {images.CATALOG: self._catalog, uploads.NAME: self._upload}
        return {images.IMAGE: self._image, **checks} if self.target.image else checks

    def _resolve(self) -> Verdict:
        host = self.target.host
        try:
            self._addresses = addresses.resolve(host)
        except socket.gaierror as error:
            return addresses.judge_error(host, error)
        return addresses.judge(host, self._addresses, self.target.on_this_machine)

    def _own_clock(self) -> Verdict:
        return replace(clock.clock(), name="own clock")

    def _connect(self) -> Verdict:
        found = connect.look(self._addresses, self.target.number)
        self._reached = tuple(address for address, (cause, _) in found.items() if not cause)
        self._handshakes.address = next(iter(self._reached), "")
        return connect.judge(self.target.host, self.target.number, found)

    def _client(self, target: Target, auth: httpx.Auth | None = None) -> httpx.Client:
        """Nothing secret goes over a certificate that is not trusted: those checks are skipped then."""
        blind = any(name in self._blocked for name in CERTIFICATE)
        context = tls.open_context() if blind and auth is None else target.context()
        return talk(target, context, self.exchanges, auth, self._handshakes.described())

    def _ask(self) -> Verdict:
        try:
            with self._client(self.target) as client:
                self._answer = client.get("/v2/")
        except httpx.TransportError as error:
            self._answer = None
            return protocol.judge_error(self.target, error)
        self._asked_at = self._now()
        self._answers.append(self._answer)
        return protocol.judge(self.target, self._answer, self.exchanges[-1].seconds)

    def _known(self) -> httpx.Response:
        if self._answer is None:
            raise RuntimeError("asked before it has answered")
        return self._answer

    def _skew(self) -> Verdict:
        return skew.judge(self.target, self._known().headers.get("Date", ""), self._asked_at)

    def _exposure(self) -> Verdict:
        others = [it for it in self._reached if not ipaddress.ip_address(it.partition("%")[0]).is_loopback]
        if not others:
            return skipped(exposure.NAME, f"{self.target.host} is this machine: nobody else reaches it there")
        return exposure.look(self.target, others)

    def _size(self) -> Verdict:
        return uploads.check_size(self.target, self._reached[0])

    def _challenge(self) -> Verdict:
        return login.judge_challenge(self.target, self._known())

    def _login(self) -> Verdict:
        with self._client(self.target) as client:
            return login.check(self.target, client, self._known())

    def _signed(self, target: Target) -> httpx.Client:
        return self._client(target, login.Login(target))

    def _catalog(self) -> Verdict:
        with self._signed(self.target) as client:
            return images.judge_catalog(self.target, client.get("/v2/_catalog?n=100"))

    def _upload(self) -> Verdict:
        with self._signed(self.target) as client:
            return uploads.check(self.target, client)

    def _image(self) -> Verdict:
        with self._signed(self.target) as client:
            verdict, answer = images.check_image(self.target, client)
        self._answers.append(answer)
        return verdict

    def _probe(self) -> list[Finding]:
        blocker = next(
            (self._blocked[name] for name in (login.NAME, uploads.NAME) if name in self._blocked), None
        )
        if blocker:
            return [Finding("probe", skipped(name, f"{WAITS}{blocker}")) for name in probe.STEPS]
        kept: list[Verdict] = []

        def run() -> Verdict:
            kept.extend(probe.probe(self.target, self._patient))
            return ok("probe", "done")

        outcome = examine({"probe": run}, PROBE_SECONDS)[0]
        verdicts = list(kept) if outcome.status == "ok" else [self._typed(outcome)]
        return [Finding("probe", verdict) for verdict in verdicts]

    def _patient(self, target: Target) -> httpx.Client:
        """Clouds serve blobs from another host, to which the login does not go."""
        client = self._signed(target)
        client.follow_redirects, client.timeout = True, httpx.Timeout(60.0)
        return client
