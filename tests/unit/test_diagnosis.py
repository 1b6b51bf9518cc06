"""What the doctor has found, as people see it."""

import io

import pytest
from dockyard.cli import diagnosis
from rich.console import Console

OK = {
    "group": "host",
    "name": "ports",
    "status": "ok",
    "evidence": "127.0.0.1:443 is the front's",
    "hint": "",
}
WARNING = {
    **OK,
    "name": "certificate",
    "status": "warning",
    "evidence": "12 days left",
    "hint": "dockyard up -s x",
}
FAILURE = {**OK, "name": "log", "status": "failure", "evidence": "said \x1b[31m[bold]no"}
WAITING = {"group": "tls", "name": "tls", "status": "skipped", "evidence": "needs: dns", "hint": ""}


def shown(*checks, width=200):
    console = Console(file=io.StringIO(), highlight=False, width=width)
    diagnosis.show(checks, console)
    return console.file.getvalue()


@pytest.mark.parametrize(("checks", "code"), [([OK], 0), ([OK, WARNING], 1), ([WARNING, FAILURE], 2)])
def test_the_worst_decides(checks, code):
    assert diagnosis.exit_code(diagnosis.counted(checks)) == code


@pytest.mark.parametrize(
    ("hint", "typed"),
    [
        ("sudo dockyard doctor", "sudo dockyard doctor -s prod"),
        ("dockyard firewall confirm", "dockyard firewall confirm -s prod"),
        ("du -xsh /srv; dockyard gc", "du -xsh /srv; dockyard gc -s prod"),
        ("dockyard up -s x", "dockyard up -s x"),
        ("tail /var/log/dockyard/x/registry.log", "tail /var/log/dockyard/x/registry.log"),
        ("", ""),
    ],
)
def test_hints_can_be_typed_as_they_stand(hint, typed):
    assert diagnosis.with_stack({**OK, "hint": hint}, "prod")["hint"] == typed


def test_each_check_has_a_line_and_the_next_command_stands_below_it():
    assert shown(OK, WARNING).splitlines() == [
        "host",
        "  ok       ports        127.0.0.1:443 is the front's",
        "  warning  certificate  12 days left",
        "           next: dockyard up -s x",
        "1 ok, 1 warning, 0 failure, 0 skipped",
    ]


def test_what_a_log_quotes_of_clients_does_nothing_to_the_terminal():
    assert "said  [31m[bold]no" in shown(FAILURE)


def test_long_evidence_stays_beside_its_check_and_a_command_in_one_piece():
    long = {**WARNING, "evidence": "word " * 30, "hint": "command " * 30}
    lines = shown(long, width=60).splitlines()
    assert all(line.startswith(" " * 24) for line in lines[2:-2])
    assert max(map(len, lines[:-2])) <= 60
    assert lines[-2].count("command") == 30


def test_checks_that_wait_for_the_same_one_are_a_line_and_all_of_them_are_counted():
    lines = shown(
        {**WAITING, "group": "network"}, WAITING, {**WAITING, "name": "certificate name"}
    ).splitlines()
    assert lines[1:4] == [
        "  skipped  tls               needs: dns",
        "tls",
        "  skipped  2 checks          needs: dns (tls, certificate name)",
    ]
    assert lines[-1] == "0 ok, 0 warning, 0 failure, 3 skipped"
