"""The conformance program of the OCI distribution specification, against the bare registry and through the front.

What the registry itself does not have (the referrers API, say) is not the front's to add; what it has must survive the front.
"""

import contextlib
import os
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
from tests.support.registry3 import registry3

pytestmark = [
    pytest.mark.integration,
    pytest.mark.conformance,
    needs_servers,
    pytest.mark.timeout(2700),
]

MODULE = "github.com/opencontainers/distribution-spec/conformance"
VERSION = "v0.0.0-20260831232431-97274622c111"
NOT_IN_3 = (
    "OCI_API_BLOBS_MOUNT_ANONYMOUS",
    "OCI_API_REFERRER",
    "OCI_DATA_NONDISTRIBUTABLE",
    "OCI_DATA_SHA512",
    "OCI_DATA_SUBJECT",
    "OCI_DATA_SUBJECT_LIST",
    "OCI_DATA_SUBJECT_MISSING",
)
"""No referrers, no digests of sha512, no layers from elsewhere, no mount without naming a repository."""
KNOWN_OF_3 = {
    "OCI Conformance Test/invalid-digest-format/manifest-get": 1,
    "OCI Conformance Test/invalid-digest-format/manifest-put": 1,
    "OCI Conformance Test/sha256 blobs/chunked out-of-order and put chunk/blob-patch-chunked": 1,
}
"""A chunk out of order in the closing PUT is answered 400, not 416; malformed digests of manifests 500."""
BARE = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {store}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", secret: conformance}}
"""


@pytest.fixture(scope="module")
def program() -> Path:
    return built(MODULE, VERSION)


@pytest.fixture(params=["2", "3"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Of each version of the registry."""
    if request.param == "2":
        return {"version": "2"}
    return {"version": "3", "program": str(registry3())}


@contextlib.contextmanager
def bare_registry(binary: str) -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="dockyard-bare-") as folder:
        configuration = Path(folder, "config.yml")
        configuration.write_text(BARE.format(store=Path(folder, "store"), port=port))
        environment = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
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


def through_front(
    program: Path, folder: Path, settings: dict[str, str], **variables: str
) -> dict[str, Counter[str]]:
    """As a user with rights of their own, over TLS."""
    users = {"suite": {"push": ["conformance/*"], "delete": ["conformance/*"]}, "ci": {"pull": ["other"]}}
    passwords = {"suite": "suite-secret-1", "ci": "ci-secret-2"}
    wanted = {"domain": "localhost", "listen": ["127.0.0.1"], "users": users, **settings}
    with running(wanted, passwords) as instance:
        return verdicts(
            program,
            folder,
            OCI_REGISTRY=instance.plan.settings.host,
            OCI_TLS="enabled",
            OCI_USERNAME="suite",
            OCI_PASSWORD=passwords["suite"],
            SSL_CERT_FILE=str(instance.authority),
            **variables,
        )


def count(found: dict[str, Counter[str]]) -> Counter[str]:
    return sum(found.values(), Counter())


def test_nothing_that_the_registry_can_do_is_lost_in_the_front(
    program: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    """Users with roles of their own, over TLS: what fails here must have failed without the front too."""
    with bare_registry(settings.get("program", "/usr/bin/docker-registry")) as registry:
        bare = verdicts(program, tmp_path / "bare", OCI_REGISTRY=registry, OCI_TLS="disabled")
    front = through_front(program, tmp_path / "front", settings)
    print(f"bare: {dict(count(bare))}, front: {dict(count(front))}")
    assert count(bare)["passed"] > 500, "the program did not get far"
    assert set(front) == set(bare)
    worse = {name: dict(front[name]) for name in bare if front[name]["failure"] > bare[name]["failure"]}
    assert not worse
    assert count(front)["passed"] >= count(bare)["passed"]


def test_of_what_registry_3_has_no_more_fails_than_is_known(program: Path, tmp_path: Path) -> None:
    """Through the front, with what 3.1 does not have at all left out."""
    settings = {"version": "3", "program": str(registry3())}
    found = through_front(program, tmp_path / "known", settings, **dict.fromkeys(NOT_IN_3, "false"))
    print(dict(count(found)))
    assert count(found)["passed"] > 300, "the program did not get far"
    assert {name: found[name]["failure"] for name in found if found[name]["failure"]} == KNOWN_OF_3
