"""How the tests themselves are run: what shares a server, a daemon or a host must share a process."""

import re
import subprocess
import sys
from pathlib import Path

GROUPED = """
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(12))
def test_one_of_a_group(number):
    pass
"""


def test_the_tests_of_a_group_run_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-n",
        "3",
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    processes = re.findall(r"^\[(gw\d)\].* PASSED", done.stdout, re.M)
    assert (len(processes), len(set(processes))) == (12, 1), done.stdout
