"""compose.yaml as KICS judges it, a scanner that others write: each finding that is left is justified in findings.json."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.golden.test_compose import COMPOSED, NUMBERS, rendered_compose

MODULE, VERSION = "github.com/Checkmarx/kics/v2", "v2.2.0"
KICS = Path(__file__).parents[2] / "build" / "bin" / "kics"
JUSTIFIED: dict[str, str] = json.loads((Path(__file__).parent / "findings.json").read_text())
pytestmark = [
    pytest.mark.timeout(600),
    # Ten minutes of two cores: nobody waits for that each time.
    pytest.mark.skipif(
        not KICS.exists(), reason=f"not built: {KICS.name} ({MODULE}/cmd/console@{VERSION}, with Go)"
    ),
]


def assets() -> Path:
    """KICS's rules, which are files of its module."""
    if not shutil.which("go"):
        pytest.skip("not installed: go, which has KICS's rules")
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("the Go module proxy cannot be reached, or has no such module")
    return Path(json.loads(done.stdout)["Dir"]) / "assets"


def findings(text: str, folder: Path) -> set[str]:
    scanned, report = folder / "scanned", folder / "report"
    scanned.mkdir()
    (scanned / "compose.yaml").write_text(text)
    (scanned / ".env").write_text(NUMBERS)
    rules = assets()
    command = [str(KICS), "scan", "--type", "DockerCompose", "--no-progress", "--ignore-on-exit", "all"]
    command += [
        "-p",
        str(scanned),
        "-q",
        str(rules / "queries" / "dockerCompose"),
        "-b",
        str(rules / "libraries"),
    ]
    command += ["-o", str(report), "--report-formats", "json"]
    environment = {**os.environ, "DISABLE_CRASH_REPORT": "1"}
    subprocess.run(command, env=environment, capture_output=True, timeout=300, check=True)
    found: dict[str, Any] = json.loads((report / "results.json").read_text())
    assert (found["files_scanned"], found["queries_total"] > 15) == (1, True)
    return {query["query_name"] for query in found["queries"]}


def test_what_the_scanner_finds_is_justified_and_nothing_else(tmp_path: Path) -> None:
    found = set()
    for name in COMPOSED:
        (tmp_path / name).mkdir()
        found |= findings(rendered_compose(name), tmp_path / name)
    assert found == set(JUSTIFIED)


def test_the_scanner_would_find_what_is_wrong(tmp_path: Path) -> None:
    text = rendered_compose("root_compose").replace("pids_limit: 512", "privileged: true")
    found = findings(text, tmp_path)
    assert "Privileged Containers Enabled" in found
