"""Who listens where, of lines as the kernel prints them."""

import socket
import sys

import pytest
from dockyard.ops.ports import judge, listeners, ports

TAIL = "00000000:00000000 00:00000000 00000000     0        0"
LINES = [
    f"   0: 0100007F:01BB 00000000:0000 0A {TAIL} 111 1 x 100 0 0 10 0",
    f"   1: 0100007F:1F90 0100007F:9999 01 {TAIL} 222 1 x 100 0 0 10 0",
    f"   2: 00000000000000000000000001000000:01BB {'0' * 32}:0000 0A {TAIL} 333 1 x 100 0 0 10 0",
    "not a line of it",
]
FOUND = {("127.0.0.1", 443): {111}, ("::1", 443): {333}}


@pytest.mark.skipif(sys.byteorder != "little", reason="the lines are those of a little-endian host")
def test_only_sockets_that_listen_are_found_of_both_families():
    assert listeners(LINES) == FOUND


def test_the_front_listens_where_one_of_its_processes_holds_the_socket():
    holders = {111: (7, "nginx"), 333: (8, "nginx")}
    assert judge([("127.0.0.1", 443), ("::1", 443)], FOUND, holders, [7, 8]).status == "ok"


def test_who_has_taken_a_port_is_named():
    found = judge([("127.0.0.1", 443)], FOUND, {111: (9, "apache2")}, [7])
    assert (found.status, found.evidence) == ("failure", "127.0.0.1:443 is taken by apache2 (pid 9)")
    wide = judge([("127.0.0.1", 80)], {("::", 80): {5}}, {5: (9, "apache2")}, [7])
    assert "apache2" in wide.evidence


def test_an_address_is_not_covered_by_the_fronts_socket_of_the_other_family():
    found = judge([("127.0.0.1", 80)], {("::", 80): {5}}, {5: (7, "nginx")}, [7])
    assert found.status == "failure"


def test_nobody_who_listens_is_a_failure_and_somebody_unseen_is_never_an_ok():
    assert "nobody listens on [::1]:8443" in judge([("::1", 8443)], FOUND, {}, [7]).evidence
    assert judge([("127.0.0.1", 443)], FOUND, {}, [7]).status == "skipped"


def test_a_real_socket_is_found_with_its_process():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        assert "(pid " in ports([held.getsockname()], []).evidence
