"""What the doctor has found, as people see it."""

import io

import pytest
from dockyard.cli import diagnosis
from rich.console import Console

OK = {"name": "ports", "status": "ok", "evidence": "127.0.0.1:443 is the front's", "hint": ""}
WARNING = {"name": "certificate", "status": "warning", "evidence": "12 days left", "hint": "dockyard up -s x"}
FAILURE = {"name": "log", "status": "failure", "evidence": "said \x1b[31m[bold]no", "hint": ""}


def shown(*checks):
    console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, width=200)
    diagnosis.show(checks, console)
    return console.file.getvalue()


@pytest.mark.parametrize(("checks", "code"), [([OK], 0), ([OK, WARNING], 1), ([WARNING, FAILURE], 2)])
def test_the_worst_decides(checks, code):
    assert diagnosis.exit_code(diagnosis.counted(checks)) == code


@pytest.mark.parametrize(
    ("hint", "typed"),
    [
        ("sudo dockyard doctor", "sudo dockyard doctor -s prod"),
        ("dockyard up -s x", "dockyard up -s x"),
        ("tail /var/log/dockyard/x/registry.log", "tail /var/log/dockyard/x/registry.log"),
        ("", ""),
    ],
)
def test_hints_can_be_typed_as_they_stand(hint, typed):
    assert diagnosis.with_stack({**OK, "hint": hint}, "prod")["hint"] == typed


def test_each_check_has_a_line_and_the_next_command_stands_below_it():
    assert shown(OK, WARNING).splitlines() == [
        "  ok       ports        127.0.0.1:443 is the front's",
        "  warning  certificate  12 days left",
        "           next: dockyard up -s x",
        "1 ok, 1 warning, 0 failure, 0 skipped",
    ]


def test_what_a_log_quotes_of_clients_does_nothing_to_the_terminal():
    assert "said  [31m[bold]no" in shown(FAILURE)
