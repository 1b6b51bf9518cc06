"""Who reaches the registry's port, through a kernel's real rules."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.integration.firewall.conftest import ALLOWED, EVERYBODY, OTHERS, PORT, SERVER4, Net
from tests.support.instance import wait_until

pytestmark = pytest.mark.integration
FOREIGN = "table inet foreign {\n\tchain keep {\n\t}\n}\n"


def end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> None:
    process.send_signal(number)
    process.communicate(timeout=60)


def test_allowed_addresses_pass_and_others_do_not_in_both_families(net: Net) -> None:
    assert net.passing() == set(EVERYBODY)
    net.configure(ALLOWED)
    service = net.firewall()
    assert net.passing() == set(ALLOWED)
    status = net.ops("firewall-status")
    assert (status["accepted"] > 0, status["dropped"] > 0, status["trial"]) == (True, True, False)
    end(service)
    assert net.passing() == set(EVERYBODY)


def test_a_neighbour_that_takes_the_address_of_the_link_is_dropped_too(net: Net) -> None:
    link = net.link_address()
    wait_until(lambda: net.reaches("::", target=link), "the address of the link")
    net.configure(ALLOWED)
    net.firewall()
    assert not net.reaches("::", target=link)


def test_a_family_without_a_network_is_closed(net: Net) -> None:
    net.configure([ALLOWED[0]])
    net.firewall()
    assert net.passing() == {ALLOWED[0]}


def test_it_touches_no_other_port_and_no_other_table(net: Net) -> None:
    subprocess.run(net.inside("nft", "-f", "-"), input=FOREIGN, text=True, check=True)
    other = net.start(sys.executable, "-m", "http.server", "6000", "--bind", "::", "-d", str(net.folder))
    wait_until(lambda: net.reaches(OTHERS[0], 6000) or other.poll() is not None, "the other listener")
    net.configure(ALLOWED)
    service = net.firewall()
    assert net.reaches(OTHERS[0], 6000)
    assert "table inet foreign" in net.ruleset()
    end(service)
    assert net.ruleset() == FOREIGN


def test_new_rules_come_in_one_step_and_loading_them_twice_changes_nothing(net: Net) -> None:
    net.configure(ALLOWED)
    service = net.firewall()
    first = net.ruleset()
    service.send_signal(signal.SIGHUP)
    assert net.passing() == set(ALLOWED)
    net.configure(OTHERS)
    service.send_signal(signal.SIGHUP)
    wait_until(lambda: OTHERS[0] in net.ruleset(), "the new rules")
    assert net.passing() == set(OTHERS)
    net.configure(ALLOWED)
    service.send_signal(signal.SIGHUP)
    wait_until(lambda: ALLOWED[0] in net.ruleset(), "the former rules")
    assert without_counters(net.ruleset()) == without_counters(first)


def test_a_kill_lets_nobody_in_and_the_next_start_takes_over(net: Net) -> None:
    net.configure(ALLOWED)
    end(net.firewall(), signal.SIGKILL)
    assert net.passing() == set(ALLOWED)
    service = net.firewall()
    assert net.ruleset().count("table inet") == 1
    end(service)
    assert net.passing() == set(EVERYBODY)


def test_rules_that_nobody_confirms_are_taken_back(net: Net) -> None:
    net.configure(ALLOWED)
    service = net.firewall()
    net.configure(OTHERS, confirm_seconds=15)
    service.send_signal(signal.SIGHUP)
    wait_until(lambda: OTHERS[0] in net.ruleset(), "the new rules")
    assert net.ops("firewall-status")["trial"]
    wait_until(lambda: ALLOWED[0] in net.ruleset(), "the former rules")
    assert net.passing() == set(ALLOWED)
    end(service)
    assert net.passing() == set(EVERYBODY)


def test_rules_that_are_confirmed_stay(net: Net) -> None:
    net.configure(ALLOWED, confirm_seconds=600)
    service = net.firewall()
    net.ops("firewall-confirm")
    wait_until(lambda: not net.ops("firewall-status")["trial"], "the trial to end")
    end(service, signal.SIGKILL)
    net.firewall()
    assert not net.ops("firewall-status")["trial"], "confirmed rules are not on trial again"
    assert net.passing() == set(ALLOWED)


def test_a_trial_that_was_killed_is_still_taken_back(net: Net) -> None:
    net.configure(OTHERS, confirm_seconds=2)
    end(net.firewall(), signal.SIGKILL)
    net.firewall()
    wait_until(lambda: "chain registry" not in net.ruleset(), "what was before: nothing")
    assert net.passing() == set(EVERYBODY)


def test_rules_that_somebody_takes_away_or_changes_are_as_they_were_at_once(net: Net) -> None:
    """A restart of nftables.service flushes the tables of all, and says so to nobody."""
    net.configure(ALLOWED)
    service = net.firewall()
    before = without_counters(net.ruleset())
    table = net.table()
    changes = (
        ("flush", "ruleset"),
        ("flush", "table", "inet", table),
        ("add", "element", "inet", table, "allowed4", f"{{ {OTHERS[0]} }}"),
    )
    for change in changes:
        subprocess.run(net.inside("nft", *change), check=True)
        wait_until(lambda: without_counters(net.ruleset()) == before, f"the rules after nft {change}")
    assert net.passing() == set(ALLOWED)
    end(service)
    assert net.ruleset() == ""


def test_the_rules_hold_before_systemd_hears_of_it(net: Net) -> None:
    """What starts after the service starts behind them."""
    net.configure(ALLOWED)
    place = str(net.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(place)
        heard.settimeout(60)
        net.start("env", f"NOTIFY_SOCKET={place}", *net.command("firewall"))
        assert heard.recv(100) == b"READY=1"
    assert net.passing() == set(ALLOWED)


def test_it_holds_for_ports_that_nftables_itself_sends_elsewhere(net: Net) -> None:
    """As Docker's backend for nftables does: in PREROUTING, at the priority dstnat. INPUT never sees the packet."""
    inner = net.start(sys.executable, "-m", "http.server", "6001", "--bind", "::", "-d", str(net.folder))
    chain = "type nat hook prerouting priority dstnat"
    rules = f"table ip nat {{\nchain pre {{\n{chain}\ntcp dport {PORT} dnat to {SERVER4}:6001\n}}\n}}\n"
    subprocess.run(net.inside("nft", "-f", "-"), input=rules, text=True, check=True)
    wait_until(lambda: net.reaches(OTHERS[0], 6001) or inner.poll() is not None, "the container")
    end(net.started.pop(0), signal.SIGKILL)
    assert net.reaches(OTHERS[0]), "the published port leads to the container"
    net.configure(ALLOWED)
    net.firewall()
    assert net.reaches(ALLOWED[0])
    assert not net.reaches(OTHERS[0])


def without_counters(ruleset: str) -> list[str]:
    return [line.split("counter")[0] for line in ruleset.splitlines()]
