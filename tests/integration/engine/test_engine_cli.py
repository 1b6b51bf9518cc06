"""The embedded engine beside the real CLI: the same state, and a stack begun on one is continued by the other."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from dockyard.engine.events import Op

pytestmark = [
    pytest.mark.pulumi_cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="`pulumi` is not on PATH"),
]
# What differs from run to run, or says where on this machine a program stands.
VOLATILE = ("created", "modified", "sourcePosition", "stackTrace", "id")
PASSPHRASE = "a test's passphrase"


@pytest.fixture
def both(make_lab):
    """The `simple` project, with a plugin folder that the CLI can start too."""
    lab = make_lab("simple")
    manifest = {"name": "yard", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
    (lab.folder / "yard" / "PulumiPlugin.yaml").write_text(json.dumps(manifest))
    return lab


def pulumi(lab, *arguments: str, backend: str = "backend") -> str:
    """Run the CLI on a backend of the laboratory; what it printed."""
    folder = lab.folder / backend
    folder.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **lab.environment,
        "PULUMI_HOME": str(lab.folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["pulumi", *arguments, "-s", "dev", "--non-interactive"],
        cwd=lab.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shape(resources: list[dict]) -> dict[str, str]:
    """Resources by URN, without what differs from run to run."""
    shapes = {}
    for item in resources:
        kept = {key: value for key, value in item.items() if key not in VOLATILE}
        kept["provider"] = kept.get("provider", "").rpartition("::")[0]
        shapes[item["urn"]] = re.sub(
            r'"ciphertext": "[^"]+"', '"ciphertext"', json.dumps(kept, sort_keys=True)
        )
    return shapes


def begin_with_cli(lab) -> None:
    pulumi(lab, "stack", "init")
    pulumi(lab, "up", "--yes", "--skip-preview")


def test_both_engines_make_the_same_state(both, monkeypatch):
    """Types, URNs, inputs, outputs, dependencies, secrets, providers: all but ids and times."""
    begin_with_cli(both)
    theirs = both.resources()
    shutil.rmtree(both.folder / "backend")
    (both.root / "Pulumi.dev.yaml").unlink()
    both.run("up")
    assert shape(both.resources()) == shape(theirs)


def test_a_stack_begun_with_the_cli_is_continued_without_changes(both):
    """up, refresh and preview find nothing to do, and the resources' records stay as the CLI wrote them."""
    begin_with_cli(both)
    theirs = both.resources()
    for verb in ("preview", "up", "refresh"):
        assert set(both.run(verb).counts) == {Op.SAME}
    assert both.resources() == theirs
    both.run("destroy")
    assert both.things() == set()


def test_a_stack_begun_here_is_continued_by_the_cli_without_changes(both):
    """The CLI accepts state, passphrase and order, and finds nothing to do."""
    both.run("up")
    for verb in (["preview"], ["up", "--yes", "--skip-preview"], ["refresh", "--yes", "--skip-preview"]):
        pulumi(both, *verb, "--expect-no-changes")
    assert "unchanged" in pulumi(both, "preview")
    pulumi(both, "destroy", "--yes", "--skip-preview")
    assert both.things() == set()


def test_the_engines_take_turns(both):
    """Each changes what the other made."""
    begin_with_cli(both)
    both.configure(value="ours")
    both.run("up")
    assert both.thing("first-0")["value"] == "ours"
    both.configure(value="theirs")
    pulumi(both, "up", "--yes", "--skip-preview")
    assert both.thing("first-0")["value"] == "theirs"
    assert set(both.run("up").counts) == {Op.SAME}
