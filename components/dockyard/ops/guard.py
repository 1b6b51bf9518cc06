"""Whether the firewall's rules hold in the kernel."""

import os

from dockyard.ops.firewall import former, listed
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import Verdict, failure, ok, skipped, warning

NAME = "firewall"


def guard(settings: Settings) -> Verdict:
    if os.geteuid() != 0:
        return skipped(NAME, "only root sees the rules of the kernel", "sudo dockyard doctor")
    rules = listed(settings)
    if "drop" not in rules:
        found = f"table {settings.firewall_table} {'is empty' if rules else 'is not there'}"
        return failure(
            NAME, f"the rules are not loaded: {found}, the port is open to everybody", "dockyard up"
        )
    if former(settings).exists():
        return warning(
            NAME, "new rules wait to be confirmed, and are taken back else", "dockyard firewall confirm"
        )
    return ok(NAME, f"the rules of table {settings.firewall_table} hold")
