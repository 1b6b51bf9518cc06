"""The conformance program of the OCI distribution specification, against the bare registry and through the front.

What the registry itself does not have (the referrers API, say) is not the front's to add; what it has must survive the front.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from tests.support.go import built
from tests.support.instance import free_port, needs_servers, running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.conformance, needs_servers, pytest.mark.timeout(900)]

MODULE = "github.com/opencontainers/distribution-spec/conformance"
VERSION = "v0.0.0-20260831232431-97274622c111"
BARE = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {store}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", secret: conformance}}
"""


@pytest.fixture(scope="module")
def program() -> Path:
    """The program, built once with Go."""
    return built(MODULE, VERSION)


@contextlib.contextmanager
def bare_registry() -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="dockyard-bare-") as folder:
        configuration = Path(folder, "config.yml")
        configuration.write_text(BARE.format(store=Path(folder, "store"), port=port))
        binary = shutil.which("docker-registry", path="/usr/bin:/usr/local/bin") or ""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([binary, "serve", str(configuration)], **quiet) as process:
            try:
                wait_until(lambda: answers(f"http://127.0.0.1:{port}/v2/"), "the bare registry to answer")
                yield f"127.0.0.1:{port}"
            finally:
                process.terminate()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def verdicts(program: Path, folder: Path, **variables: str) -> dict[str, Counter[str]]:
    """Runs the program; gives the verdicts under the name of each test (a few names stand for several)."""
    folder.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OCI_VERSION": "1.1",
        "OCI_REPO1": "conformance/one",
        "OCI_REPO2": "conformance/two",
        "OCI_RESULTS_DIR": str(folder),
        **variables,
    }
    with (folder / "output.log").open("w") as log:
        subprocess.run(
            [str(program)], env=environment, cwd=folder, stdout=log, stderr=log, timeout=600, check=False
        )
    found: dict[str, Counter[str]] = {}
    for case in ElementTree.parse(folder / "junit.xml").iter("testcase"):
        found.setdefault(case.attrib["name"], Counter())[case.attrib["status"]] += 1
    return found


def count(found: dict[str, Counter[str]]) -> Counter[str]:
    return sum(found.values(), Counter())


def test_nothing_that_the_registry_can_do_is_lost_in_the_front(program: Path, tmp_path: Path) -> None:
    """Users with roles of their own, over TLS: what fails here must have failed without the front too."""
    with bare_registry() as registry:
        bare = verdicts(program, tmp_path / "bare", OCI_REGISTRY=registry, OCI_TLS="disabled")
    users = {"suite": {"push": ["conformance/*"], "delete": ["conformance/*"]}, "ci": {"pull": ["other"]}}
    passwords = {"suite": "suite-secret-1", "ci": "ci-secret-2"}
    with running({"domain": "localhost", "listen": ["127.0.0.1"], "users": users}, passwords) as instance:
        front = verdicts(
            program,
            tmp_path / "front",
            OCI_REGISTRY=instance.plan.settings.host,
            OCI_TLS="enabled",
            OCI_USERNAME="suite",
            OCI_PASSWORD=passwords["suite"],
            SSL_CERT_FILE=str(instance.authority),
        )
    print(f"bare: {dict(count(bare))}, front: {dict(count(front))}")
    assert count(bare)["passed"] > 500, "the program did not get far"
    assert set(front) == set(bare)
    worse = {name: dict(front[name]) for name in bare if front[name]["failure"] > bare[name]["failure"]}
    assert not worse
    assert count(front)["passed"] >= count(bare)["passed"]
