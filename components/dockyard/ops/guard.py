"""Whether the firewall's rules hold in the kernel."""

import os

from dockyard.ops.firewall import former, listed
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME = "firewall"


def guard(settings: Settings) -> Verdict:
    if os.geteuid() != 0:
        return skipped(NAME, "only root sees the rules of the kernel", "sudo dockyard doctor")
    if not listed(settings):
        evidence = f"table {settings.firewall_table} is not there: the port is open to everybody"
        return failure(NAME, evidence, "dockyard up")
    if former(settings).exists():
        return warning(
            NAME, "new rules wait to be confirmed, and are taken back else", "dockyard firewall confirm"
        )
    return ok(NAME, f"the rules of table {settings.firewall_table} hold")
