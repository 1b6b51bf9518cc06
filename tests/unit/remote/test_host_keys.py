"""Pinned host keys, as people write them."""

import pytest
from dockyard.remote.host_keys import how_to_pin, is_path, pin_of, pin_problem, pins

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIIf5ZrsvvH0f6vvC+oFiv0pWhocFaLoIotp60s3UrK0O"
LINE = f"ssh-ed25519 {ED25519}"
PRINT = "ssh-ed25519 SHA256:9dgbFdZf4o85hEdA5xREpeP/SySaXzkEVOYOVKpO0gc"
"""What `ssh-keygen -lf` prints for it."""


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"{LINE} root@host",
        f"host.example.com {LINE}",
        f"# host:22 SSH-2.0-OpenSSH_9.2\n[host]:2222 {LINE}\n\n",
        f"{LINE}\n{LINE} twice",
    ],
)
def test_a_key_is_read_however_it_is_written(text: str) -> None:
    assert pin_problem(text) == ""
    assert {pin.fingerprint for pin in pins(text, "host", 22)} == {PRINT}


@pytest.mark.parametrize(
    "text",
    [
        "ssh-ed25519",
        "ssh-ed25519 AAAA!",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        f"ssh-rsa {ED25519}",
        f"ssh-dss {ED25519}",
        "SHA256:9dgbFdZf4o85hEdA5xREpeP",
        f"{LINE}\nnonsense",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    assert pin_problem(text).startswith("is no public host key: ")


def test_none_is_no_trust() -> None:
    assert pin_problem(" ") == "is required"
    assert "compare" in how_to_pin("host", 22)
    assert "ssh-keyscan -t ed25519 -p 2222 host" in how_to_pin("host", 2222)


def test_a_file_is_told_from_a_key() -> None:
    assert [is_path(text) for text in ("/etc/known", "~/.ssh/known_hosts", "./known", LINE)] == [
        True,
        True,
        False,
        False,
    ]
    assert pin_problem("/no/such/file") == ""
    assert pin_of("ssh-ed25519 /not=base64") is None
