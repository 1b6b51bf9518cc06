"""What is read of other firewalls; the real ones are asked in tests/integration/systemd."""

import pytest
from dockyard.ops.gates import gates, ufw_opens

STATUS = """Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp                     LIMIT IN    Anywhere
80,443/tcp (Nginx Full)    ALLOW IN    Anywhere
8000:8100/tcp              ALLOW IN    10.0.0.0/8
5000/udp                   ALLOW IN    Anywhere
9000/tcp                   DENY IN     Anywhere
22/tcp (v6)                LIMIT IN    Anywhere (v6)
"""


@pytest.mark.parametrize(
    ("port", "opened"),
    [(22, True), (80, True), (443, True), (8050, True), (5000, False), (9000, False), (8443, False)],
)
def test_ports_that_ufw_opens_are_found(port: int, opened: bool) -> None:
    assert ufw_opens(STATUS, port) is opened


def test_what_is_open_for_all_is_open() -> None:
    assert ufw_opens("Status: active\nDefault: allow (incoming), allow (outgoing)\n", 8443)
    assert ufw_opens(f"{STATUS}Anywhere                   ALLOW IN    10.0.0.0/8\n", 8443)


def test_what_listens_on_loopback_alone_needs_no_gate() -> None:
    found = gates([("127.0.0.1", 8443), ("::1", 8443)])
    assert (found.status, found.evidence) == ("ok", "the front listens on loopback alone")
