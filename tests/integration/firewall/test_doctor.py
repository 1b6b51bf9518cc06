"""What the doctor says of a firewall, on the registry's host and from the other side of it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.firewall.conftest import ALLOWED, OTHERS, PORT, SERVER4, SERVER6, Net

pytestmark = pytest.mark.integration


def on_the_host(net: Net) -> tuple[str, str]:
    """Status and hint of the check."""
    found = next(it for it in net.ops("doctor")["checks"] if it["name"] == "firewall")
    return found["status"], found["hint"]


def from_outside(net: Net, place: str) -> dict[str, Any]:
    """The one check that fails."""
    command = [sys.executable, "-m", "dockyard.cli", "doctor", "--registry", place, "--json"]
    inside = ["ip", "netns", "exec", net.clients, *command]
    done = subprocess.run(inside, capture_output=True, text=True, timeout=120, check=False)
    (failed,) = (it for it in json.loads(done.stdout)["checks"] if it["status"] == "failure")
    return dict(failed)


def test_rules_that_hold_wait_or_are_gone_are_told_apart(net: Net) -> None:
    net.configure(ALLOWED)
    assert on_the_host(net) == ("failure", "dockyard up")
    service = net.firewall()
    assert on_the_host(net) == ("ok", "")
    service.kill()
    service.communicate(timeout=60)
    assert on_the_host(net) == ("ok", "")
    subprocess.run(net.inside("nft", "flush", "table", "inet", net.table()), check=True)
    assert on_the_host(net) == ("failure", "dockyard up")
    net.configure(ALLOWED, confirm_seconds=600)
    net.firewall()
    assert on_the_host(net) == ("warning", "dockyard firewall confirm")


def test_a_port_whose_packets_a_firewall_drops_is_another_cause_than_one_that_is_shut(net: Net) -> None:
    net.configure([ALLOWED[1], OTHERS[1]])
    net.firewall()
    dropped = from_outside(net, f"{SERVER4}:{PORT}")
    assert dropped["name"] == "connect"
    assert f"{SERVER4}: no answer; a firewall or a security group drops it" in dropped["evidence"]
    shut = from_outside(net, f"{SERVER4}:{PORT + 1}")
    assert f"{SERVER4}: refused; the host is there and nobody listens" in shut["evidence"]
    nowhere = from_outside(net, f"10.99.0.1:{PORT}")
    assert "no way there; this machine has no route there" in nowhere["evidence"]
    reached = from_outside(net, f"[{SERVER6}]:{PORT}")
    assert (reached["name"], "plain HTTP" in reached["evidence"]) == ("tls", True)
