"""The firewall of the registry's port: one table of nftables, there for as long as its service runs, and after a kill.

Rules that are to be confirmed are taken back in time, and then what was there before holds: whoever has locked himself out gets in.
"""

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard.ops import results
from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError
from dockyard.ops.ready import ready
from dockyard.ops.rule_changes import SIGNAL, RuleChanges
from dockyard.ops.settings import Settings

FORMER = "firewall.former.nft"
LOOK_SECONDS = 0.5
SIGNALS = (signal.SIGTERM, signal.SIGHUP, SIGNAL)


def keep(settings: Settings, read: Callable[[], Settings]) -> None:
    """Loads the rules; at SIGHUP again, and the configuration; takes the table away at SIGTERM, hence changes need no restart.

    Whoever changes the table, or takes it away with all others (`nft flush ruleset`), finds it as it was: to be rid of it, stop this.
    A SIGKILL leaves the table: nobody gets in by that.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    end_with_parent()
    changes = RuleChanges()
    keeper = Keeper(settings)
    keeper.load()
    ready()
    while True:
        got = signal.sigtimedwait(SIGNALS, LOOK_SECONDS if keeper.deadline else 3600)
        number = got.si_signo if got else 0
        if number == signal.SIGTERM:
            break
        if number == signal.SIGHUP:
            keeper.settings = read()
            keeper.load()
        elif number == SIGNAL:
            changes.forget()
            keeper.put_back()
        keeper.judge()
    nft(keeper.settings, "-f", "-", text=f"{_none(keeper.settings)}\n")
    former(keeper.settings).unlink(missing_ok=True)


@dataclass
class Keeper:
    """What is to hold, and until when it is on trial."""

    settings: Settings
    deadline: float = 0.0
    """By when the rules are to be confirmed; 0 for no need."""
    held: str = ""
    """The table as nft lists it; "" for none."""

    def load(self) -> None:
        """Loads the rules in one transaction. Raises OpsError."""
        settings = self.settings
        waits = settings.firewall_confirm_seconds > 0 and not confirmed(settings)
        if waits and not former(settings).exists():
            # A service that was killed meanwhile finds here what held before the trial.
            _write(former(settings), f"{_none(settings)}\n{listed(settings)}")
        nft(settings, "-f", str(settings.firewall_file))
        self.held = listed(settings)
        if not self.held:
            raise OpsError("somebody took the rules away while they were loaded", "nft monitor")
        print(f"the rules of {settings.firewall_file} hold", flush=True)
        if not waits:
            former(settings).unlink(missing_ok=True)
            self.deadline = 0.0
            return
        print(
            f"new rules hold for {settings.firewall_confirm_seconds} s unless they are confirmed", flush=True
        )
        self.deadline = time.monotonic() + settings.firewall_confirm_seconds

    def put_back(self) -> None:
        """The table as it was, where somebody has changed it."""
        if self.held and listed(self.settings) != self.held:
            nft(self.settings, "-f", "-", text=f"{_none(self.settings)}\n{self.held}")
            print("somebody has changed the rules: they hold again as they were", flush=True)

    def judge(self) -> None:
        """Ends a trial: by a confirmation, or when its time is over, so that what held before holds again."""
        if self.deadline and confirmed(self.settings):
            former(self.settings).unlink(missing_ok=True)
            self.deadline = 0.0
        elif self.deadline and time.monotonic() >= self.deadline:
            nft(self.settings, "-f", str(former(self.settings)))
            former(self.settings).unlink()
            self.deadline, self.held = 0.0, listed(self.settings)
            print("nobody has confirmed the new rules: the former ones hold again", flush=True)


def confirm(settings: Settings) -> dict[str, Any]:
    """By a new connection of whoever must not be locked out. Raises OpsError where there are no rules."""
    _require(settings)
    results.remember(settings.state, "firewall", confirmed=_digest(settings))
    return {"table": settings.firewall_table}


def status(settings: Settings) -> dict[str, Any]:
    """Packets that were let through and dropped, and from where the port may be reached. Raises OpsError where no rules hold."""
    _require(settings)
    found = json.loads(nft(settings, "-j", "list", "table", "inet", settings.firewall_table))["nftables"]
    rules = [entry["rule"]["expr"] for entry in found if entry.get("rule", {}).get("chain") == "registry"]
    counts = [(_packets(rule), "drop" in rule[-1]) for rule in rules]
    return {
        "table": settings.firewall_table,
        "accepted": sum(packets for packets, dropped in counts if not dropped),
        "dropped": sum(packets for packets, dropped in counts if dropped),
        "trial": former(settings).exists(),
    }


def _packets(rule: list[dict[str, Any]]) -> int:
    return next(int(part["counter"]["packets"]) for part in rule if "counter" in part)


def confirmed(settings: Settings) -> bool:
    return results.last(settings.state, "firewall").get("confirmed") == _digest(settings)


def former(settings: Settings) -> Path:
    return settings.state / FORMER


def listed(settings: Settings) -> str:
    """The table as it is, without what it has counted; "" where there is none."""
    command = [settings.nft, "--stateless", "list", "table", "inet", settings.firewall_table]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout


def nft(settings: Settings, *arguments: str, text: str = "") -> str:
    """Raises OpsError with what nft says."""
    command = [settings.nft, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise OpsError(f"nft {arguments[0]} failed: {said}", "run it as root; the kernel needs nf_tables")
    return done.stdout


def _none(settings: Settings) -> str:
    table = settings.firewall_table
    return f"add table inet {table}\ndelete table inet {table}"


def _require(settings: Settings) -> None:
    if not settings.firewall_table:
        raise OpsError("this registry has no firewall", "set `firewall` in its stack, then run `dockyard up`")
    if os.geteuid() != 0:
        raise OpsError("only root sees the rules of the kernel", "run it as root, with sudo")


def _digest(settings: Settings) -> str:
    return hashlib.sha256(settings.firewall_file.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    temporary.chmod(0o600)
    temporary.replace(path)
