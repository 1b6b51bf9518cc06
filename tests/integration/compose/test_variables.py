"""The variables that a registry alone may be given: the real program knows each of them, and says so where it does not."""

import json
from pathlib import Path

import pytest
from dockyard.ops.scratch import ANSWER_SECONDS, SOCKET, answering
from dockyard.self_hosted.settings import read_settings

from tests.support.go import BINARIES
from tests.support.instance import needs_servers

pytestmark = [pytest.mark.integration, needs_servers]
PROGRAMS = {"2": Path("/usr/bin/docker-registry"), "3": BINARIES / "registry"}
BOTH = {
    "REGISTRY_CATALOG_MAXENTRIES": "7",
    "REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL": "30s",
    "REGISTRY_HEALTH_STORAGEDRIVER_THRESHOLD": "5",
    "REGISTRY_HTTP_HTTP2_DISABLED": "true",
    "REGISTRY_HTTP_RELATIVEURLS": "true",
    "REGISTRY_LOG_ACCESSLOG_DISABLED": "false",
    "REGISTRY_LOG_FORMATTER": "text",
    "REGISTRY_LOG_LEVEL": "info",
    "REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS": "50",
}
OF = {
    "2": {**BOTH, "REGISTRY_COMPATIBILITY_SCHEMA1_ENABLED": "true"},
    "3": {**BOTH, "REGISTRY_LOG_REPORTCALLER": "true", "REGISTRY_TAGS_MAXTAGS": "9"},
}


def log(version: str, folder: Path, variables: dict[str, str]) -> str:
    """What the program says, started with these variables over a configuration of another kind."""
    if not PROGRAMS[version].exists():
        pytest.skip(f"not there: {PROGRAMS[version].name} of version {version}")
    configuration = {
        "version": "0.1",
        "log": {"level": "warn", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "store")}},
        "http": {"net": "unix", "addr": SOCKET, "secret": "of a test"},
        "health": {"storagedriver": {"enabled": True}},
    }
    (folder / "registry.yml").write_text(json.dumps(configuration))
    command = ["/bin/sh", "-c", 'exec "$0" serve registry.yml >registry.log 2>&1', str(PROGRAMS[version])]
    environment = {"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none", **variables}
    with answering(command, folder, ANSWER_SECONDS, cwd=folder, env=environment) as client:
        assert client.has("/v2/")
    return (folder / "registry.log").read_text()


@pytest.mark.parametrize("version", PROGRAMS)
def test_each_is_known_and_heeded(version: str, tmp_path: Path) -> None:
    values = {
        "domain": "localhost",
        "front": "none",
        "port": 5000,
        "users": {"ci": {"admin": True}},
        "version": version,
        "environment": OF[version],
    }
    assert dict(read_settings(values, "test").environment) == OF[version]
    said = log(version, tmp_path, OF[version])
    assert "gnoring" not in said
    assert "level=info" in said
    assert '"HEAD /v2/ HTTP/1.1" 200' in said, "a line of access"


@pytest.mark.parametrize("version", PROGRAMS)
def test_one_that_is_unknown_is_passed_over(version: str, tmp_path: Path) -> None:
    """Which is why `environment` refuses it."""
    said = log(version, tmp_path, {"REGISTRY_HTTP_MAXIMUMTLS": "1"})
    assert "Ignoring unrecognized environment variable REGISTRY_HTTP_MAXIMUMTLS" in said
