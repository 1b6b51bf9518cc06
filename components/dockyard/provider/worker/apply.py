"""The order in which a bundle is applied and removed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyinfra.operations import apt, dnf, server, systemd

from dockyard.errors import DockyardError
from dockyard.provider.agent.main import ACCOUNT_COMMENT
from dockyard.provider.worker.host import Host
from dockyard.self_hosted.bundle import unit_of

APT_ARGUMENTS = "-o DPkg::Lock::Timeout=300"
"""Somebody else's apt, or one that a kill has left behind, ends first."""
INDEX_SECONDS = 86400


@dataclass
class Work:
    """One request on one host."""

    host: Host
    request: dict[str, Any]
    log: Callable[[str, bool], None]
    checkpoint: Callable[[], None]
    """Raises where the engine has asked to stop; called between the steps only."""
    touched: bool = False
    """Whether anything on the host may have been changed."""

    @property
    def bundle(self) -> dict[str, Any]:
        wanted: dict[str, Any] = self.request["bundle"]
        return wanted

    def ask(self, verb: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Lets the agent do one step and logs what it did."""
        self.checkpoint()
        answer = self.host.agent(verb, request or self.request)
        for line in answer.get("done", ()):
            self.log(line, False)
        return answer

    def status(self, text: str) -> None:
        """A passing line."""
        self.log(text, True)

    def apply(self) -> None:
        """The bundle as it shall be. A second call with the same bundle does nothing."""
        self.status("looking at the host")
        report = self.ask("begin")
        self.touched = True
        if report["packages"]:
            self._install(report["packages"])
        self._make_accounts(report["accounts"])
        self._pull()
        if report["switches"]:
            self._switch()
            return
        self._stop_old()
        self.status("writing files")
        report = self.ask("files")
        if "containers" in self.bundle:
            self.ask("program")
        if self.bundle["runtime"] == "systemd":
            self._apply_systemd(report)
        else:
            self.status("starting services")
            self.ask("supervisor")
        if "containers" in self.bundle:
            self.status("starting containers")
            self.ask("containers")
        self.status("waiting for the services")
        self.ask("confirm", {**self.request, "workers": report["workers"]})

    def _pull(self) -> None:
        """The images of containers that are not on the host. What runs goes on meanwhile."""
        if "containers" not in self.bundle:
            return
        for image in self.ask("images")["images"]:
            self.status(f"pulling {image}")
            self.ask("pull", {**self.request, "image": image})

    def _switch(self) -> None:
        """Another program of the registry: all the rest in one step of the agent, with a way back."""
        self.status("trying the new registry, then changing to it; writes wait, pulls go on")
        self.ask("switch")

    def _install(self, packages: list[str]) -> None:
        self.status(f"installing packages {', '.join(packages)}")
        self.ask("install")
        try:
            if self.bundle.get("packageManager") == "dnf":
                self.host.run(dnf.packages, packages)
            else:
                self._apt_install(packages)
        finally:
            self.host.agent("installed", self.request)
        self.log(f"installed packages {', '.join(packages)}", False)
        self.ask("binaries")

    def _apt_install(self, packages: list[str]) -> None:
        options = {"no_recommends": True, "extra_install_args": APT_ARGUMENTS}
        try:
            self.host.run(apt.packages, packages, update=True, cache_time=INDEX_SECONDS, **options)
        except DockyardError:
            # An interrupted dpkg, or an index that names versions which are gone: mend both, try once more.
            self.host.run(server.shell, "dpkg --configure -a")
            self.host.run(apt.packages, packages, update=True, **options)

    def _make_accounts(self, missing: list[str]) -> None:
        for account in self.bundle.get("accounts", ()):
            if account["name"] not in missing:
                continue
            self.checkpoint()
            self.host.run(server.group, account["name"], system=True)
            self.host.run(  # noqa: S604 -- `shell` is the account's
                server.user,
                account["name"],
                group=account["name"],
                groups=account.get("groups") or None,
                system=True,
                shell="/usr/sbin/nologin",
                home="/nonexistent",
                ensure_home=False,
                comment=ACCOUNT_COMMENT,
            )
            self.log(f"made account {account['name']}", False)

    def _stop_old(self) -> None:
        """Services that are no longer in the bundle, or ran under another runtime."""
        old = self.request.get("old")
        if not old:
            return
        if "containers" in old and "containers" not in self.bundle:
            self.ask("down", {**self.request, "bundle": old, "old": None})
        if old["runtime"] != self.bundle["runtime"]:
            self._stop({**self.request, "bundle": old, "old": None}, _names(old))
        elif old["runtime"] == "systemd":
            gone = [name for name in _names(old) if name not in _names(self.bundle)]
            if gone:
                self._stop({**self.request, "bundle": old, "old": None}, gone)

    def _apply_systemd(self, report: dict[str, Any]) -> None:
        needs = {need["service"]: need["action"] for need in report["needs"]}
        if any(finding[0] == "services" for finding in report["findings"]):
            self.checkpoint()
            self.host.run(systemd.daemon_reload)
        for name in _names(self.bundle):
            self.checkpoint()
            action = needs.get(name)
            if action:
                self.status(f"{action}ing {name}")
            self.host.run(
                systemd.service,
                unit_of(name),
                running=True,
                enabled=True,
                restarted=action == "restart",
                reloaded=action == "reload",
            )
            if action:
                self.log(f"{action}ed {name}", False)
            elif name in report["disabled"]:
                self.log(f"enabled {name}", False)

    def _stop(self, request: dict[str, Any], names: list[str]) -> None:
        if request["bundle"]["runtime"] != "systemd":
            self.ask("stop", request)
            return
        known = self.ask("services", request)["services"]
        for name in (name for name in names if name in known):
            self.checkpoint()
            self.host.run(systemd.service, unit_of(name), running=False, enabled=False)
            self.log(f"stopped {name}", False)

    def remove(self) -> None:
        """Nothing of the bundle is left, but for what is kept. A second call does nothing."""
        self.status("stopping services")
        self.ask("down")
        self._stop(self.request, _names(self.bundle))
        self.status("removing files")
        answer = self.ask("remove")
        if self.bundle["runtime"] == "systemd":
            self.host.run(systemd.daemon_reload)
        for name in answer["accounts"]:
            self.checkpoint()
            self.host.run(server.user, name, present=False)
            self.host.run(server.group, name, present=False)
            self.log(f"removed account {name}", False)
        self.ask("forget")
        self.host.leave()


def _names(bundle: dict[str, Any]) -> list[str]:
    """Services that the host's own manager runs."""
    return [service["name"] for service in bundle.get("services", ()) if not service.get("container")]
