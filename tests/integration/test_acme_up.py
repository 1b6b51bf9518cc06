"""`dockyard up` of a registry whose certificate comes by ACME, from a clone: it ends with a certificate that clients trust."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.acme import DOMAIN, Authority, authority
from tests.support.clone import Clone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900), pytest.mark.xdist_group("acme")]


@pytest.fixture(scope="module")
def ca():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare, for a name that leads to this machine")
    with authority() as made:
        yield made


@pytest.fixture
def clone(ca: Authority, tmp_path: Path):
    made = Clone(tmp_path)
    trusted = (ca.folder / "ca.pem").read_text() + ca.root()
    acme = {"server": ca.directory, "httpPort": ca.http_port, "trustedCa": trusted}
    made.settings |= {"domain": DOMAIN, "listen": ["127.0.0.1"], "deletion": "delete"}
    made.settings["certificate"] = {"acme": acme}
    (tmp_path / "hosts").write_text(f"127.0.0.1 localhost {DOMAIN}\n")
    try:
        yield made
    finally:
        made.dockyard("destroy", "-s", "local", "--yes")
        assert not made.pids()
        assert not Path(made.paths.acme).exists()


def dockyard(clone: Clone, *arguments: str, ok: bool = True):
    """The command, where DOMAIN leads to this machine."""
    hosts = clone.root.parent / "hosts"
    script = f'mount --bind {hosts} /etc/hosts && exec .venv/bin/dockyard "$@"'
    return clone.run("unshare", "--mount", "sh", "-c", script, "dockyard", *arguments, ok=ok)


def test_up_ends_with_a_trusted_certificate_and_a_second_one_changes_nothing(clone: Clone, ca: Authority):
    done = dockyard(clone, "up", "-s", "local", "--yes")
    assert f"certificate  {DOMAIN}: a certificate by Pebble Intermediate CA" in done.stdout
    assert done.stdout.count("  ok ") == 6
    laid = Path(clone.paths.acme, "served.conf").read_text()
    again = dockyard(clone, "up", "-s", "local", "--yes")
    assert "no changes" in again.stderr
    renewed = dockyard(clone, "certificate", "renew", "-s", "local")
    assert f"{DOMAIN}: a certificate by Pebble" in renewed.stdout
    assert Path(clone.paths.acme, "served.conf").read_text() != laid
    assert "no changes" in dockyard(clone, "up", "-s", "local", "--yes").stderr
    status = dockyard(clone, "certificate", "status", "-s", "local").stdout
    assert status.startswith(f"{DOMAIN}: by Pebble Intermediate CA")
    assert "BEGIN CERTIFICATE" in clone.outputs()["caCertificate"]
    keys = [path.read_text() for path in Path(clone.paths.acme, "pairs").rglob("private.key")]
    state = [path.read_text() for path in (clone.root / ".state" / ".pulumi").rglob("*.json")]
    assert len(keys) == 1
    assert not any(line in text for text in state for line in keys[0].splitlines()[1:-1])


def test_up_says_why_there_is_none_and_the_registry_runs_all_the_same(clone: Clone, ca: Authority):
    ca.stop()
    try:
        done = dockyard(clone, "up", "-s", "local", "--yes", ok=False)
    finally:
        ca.start()
    assert done.returncode == 1
    assert f"no certificate from {ca.directory}" in done.stderr
    assert "dockyard certificate renew -s local" in done.stderr
    assert "docker-registry" in "".join(clone.pids().values())
    assert "no changes" in dockyard(clone, "preview", "-s", "local").stderr
