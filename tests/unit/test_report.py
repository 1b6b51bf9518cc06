"""`dockyard report`, as people read it."""

import pytest
from click.testing import CliRunner
from dockyard.cli.command import cli
from dockyard.cli.status import described

from tests.support import status


def report(entries, **changes):
    found = {
        **status.condition(**changes),
        "time": "2026-11-27T03:00:00Z",
        "images": entries,
        "repositories": len(entries),
        "tags": sum(it["tags"] for it in entries),
        "blobs": 110,
        "bytes": 3 << 30,
    }
    return list(described(found))


def test_it_says_what_there_is_and_how_it_is():
    assert report([status.repository("team/app"), status.repository("pub/base-image", 12)]) == [
        "registry.example.com, 2026-11-27T03:00:00Z",
        "  nothing needs attention",
        "2 repositories, 15 tags, 3.0 GiB in 110 blobs; 61.0 GiB of 250 GiB free",
        "  Backup                2026-11-26 15:20 UTC  3.2 GiB",
        "  Restore drill         2026-11-26 15:20 UTC  3.2 GiB",
        "  Garbage collection    2026-11-26 15:20 UTC  3.2 GiB",
        "  Certificate           until 2026-12-06 03:20 UTC, signed by an authority",
        "REPOSITORY        TAGS       SIZE  LAST PUSH (UTC)",
        "team/app             3    100 MiB  2026-11-27 03:20",
        "pub/base-image      12    100 MiB  2026-11-27 03:20",
    ]


def test_what_needs_attention_comes_first_with_the_command_to_type():
    lines = report([], error="the disk is gone", certificate="warning")
    assert lines[1:3] == [
        "  failure: Backup: the disk is gone (dockyard backup)",
        "  warning: Certificate: registry.example.com: 9 days left (dockyard up)",
    ]


def test_names_do_nothing_to_the_terminal():
    entry = status.repository("team/\x1b[31mapp", faults=["team/\x1b[31mapp: broken"])
    assert not [line for line in report([entry]) if "\x1b" in line]


@pytest.mark.parametrize("flags", [["--json", "--html", "-"]])
def test_two_documents_cannot_share_standard_output(flags):
    done = CliRunner().invoke(cli, ["report", "-s", "x", *flags])
    assert done.exit_code == 2
    assert "cannot both print" in done.output
