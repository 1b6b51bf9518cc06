"""What Prometheus is told of a running registry."""

import http.client
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dockyard.ops import results
from dockyard.ops.exposition import FAMILIES
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.support.instance import free_port, running, wait_until
from tests.support.operations import SETTINGS, Registry

pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {NEEDED}")]
ABSENT = {
    *("dockyard_gc_freed_bytes", "dockyard_backup_new_bytes", "dockyard_job_duration_seconds"),
    *("dockyard_drill_recovery_point_seconds", "dockyard_drill_recovery_time_seconds"),
    *("dockyard_store_repositories", "dockyard_store_tags", "dockyard_store_blobs", "dockyard_store_bytes"),
}
"""Until a job has run."""


class Measured(Registry):
    """A registry with metrics."""

    @property
    def port(self) -> int:
        metrics = self.instance.plan.settings.metrics
        assert metrics
        return metrics.port

    def ask(self, path: str = "/metrics", name: str = "localhost") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"{name}:{self.port}"})
            answer = connection.getresponse()
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def text(self) -> str:
        status, text = self.ask()
        assert status == 200
        return text

    def values(self) -> dict[tuple[str, ...], float]:
        """Name and values of the labels to the value, as Prometheus' own parser reads it."""
        families = text_string_to_metric_families(self.text())
        samples = [sample for family in families for sample in family.samples]
        return {(it.name, *it.labels.values()): it.value for it in samples}

    def value(self, *name: str) -> float | None:
        return self.values().get(name)

    def answers(self) -> bool:
        try:
            return self.value("dockyard_up", "front") == 1
        except OSError:
            return False


@contextmanager
def measured(**settings: object) -> Iterator[Measured]:
    wanted = {**SETTINGS, "metrics": {"port": free_port()}, **settings}
    with running(wanted, PASSWORDS) as instance:
        registry = Measured(instance)
        wait_until(registry.answers, "the metrics", seconds=90)
        yield registry


def has_looked(registry: Measured) -> bool:
    """Whether each part has been seen since front and registry ran: a part looks again after seconds."""
    now = registry.values()
    seen = {value for (name, *_), value in now.items() if name == "dockyard_collector_up"}
    running = [now.get(("dockyard_process_open_files", name), 0) > 3 for name in ("front", "registry")]
    return seen == {1} and all(running) and now["dockyard_processes", "front"] >= 2


def becomes(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, what, seconds=120)


def test_requests_bytes_and_failed_sign_ins_are_counted_across_logs_that_are_put_aside() -> None:
    with measured() as registry:
        assert registry.value("dockyard_requests_total", "push", "201") is None
        registry.push("team/app", "1", b"x" * 50_000)
        becomes(lambda: registry.value("dockyard_requests_total", "push", "201") == 1, "the push")
        registry.done("rotate", "--force")
        registry.push("team/app", "2", b"y" * 50_000)
        with registry.instance.client("ci", "hunter2-typed-wrong") as client:
            statuses = [client.get("/v2/").status_code for _ in range(60)]
        limited = statuses.count(429)
        assert limited
        becomes(lambda: registry.value("dockyard_failed_logins_total") == 60, "the failed sign-ins")
        now = registry.values()
        assert now["dockyard_requests_total", "push", "201"] == 2
        assert now["dockyard_limited_requests_total",] == limited
        assert now["dockyard_received_bytes_total", "upload"] > 100_000
        assert now["dockyard_request_duration_seconds_count", "push"] == 2
        assert now["dockyard_request_duration_seconds_bucket", "push", "+Inf"] == 2
        assert now["dockyard_unreadable_lines_total",] == 0


def test_everything_is_told_and_nothing_that_is_secret() -> None:
    with measured() as registry:
        registry.push("team/private-app", "1", b"layer")
        becomes(lambda: registry.value("dockyard_requests_total", "push", "201"), "the push")
        becomes(lambda: has_looked(registry), "a look at everything")
        text = registry.text()
        told = {family.name for family in text_string_to_metric_families(text)}
        named = {name.removesuffix("_total") for name in set(FAMILIES) - ABSENT}
        assert told == named
        paths = registry.instance.plan.paths
        for secret in (
            *PASSWORDS.values(),
            "private-app",
            "team",
            "admin",
            paths.store,
            paths.run,
            "127.0.0.1",
        ):
            assert secret not in text, secret
        now = registry.values()
        assert 0 < now["dockyard_certificate_remaining_seconds",] < 30 * 86400
        assert now["dockyard_processes", "front"] >= 2
        assert now["dockyard_process_resident_bytes", "registry"] > 1 << 20
        assert now["dockyard_process_open_files", "registry"] > 3
        assert now["dockyard_front_connections", "active"] >= 1
        assert now["dockyard_disk_size_bytes", "store"] > now["dockyard_disk_free_bytes", "store"] > 0
        assert {value for (name, *_), value in now.items() if name == "dockyard_collector_up"} == {1}


def test_jobs_their_faults_and_the_count_of_images_are_told() -> None:
    with measured() as registry:
        image = registry.push("team/app", "1", b"layer" * 100)
        registry.done("backup")
        becomes(lambda: registry.value("dockyard_job_succeeded_timestamp_seconds", "backup"), "the backup")
        assert registry.value("dockyard_backup_new_bytes")
        registry.blob(image.layer).write_bytes(b"other bytes of it")
        registry.done("backup")
        assert registry.run("drill").code == 1
        becomes(lambda: registry.value("dockyard_job_failed", "drill") == 1, "the failed drill")
        now = registry.values()
        assert now["dockyard_job_faults", "drill"] >= 1
        assert now["dockyard_job_succeeded_timestamp_seconds", "drill"] == 0
        counted = {"repositories": 1, "tags": 2, "blobs": 3, "bytes": 4}
        results.remember(registry.state, "inventory", **counted)
        becomes(lambda: registry.value("dockyard_store_bytes") == 4, "the count")
        assert {name: registry.value(f"dockyard_store_{name}") for name in counted} == counted


def test_a_registry_that_is_stopped_and_writes_that_are_refused_are_seen() -> None:
    with measured() as registry:
        switch = Path(registry.instance.plan.paths.read_only)
        switch.write_text("an operator's\n")
        becomes(lambda: registry.value("dockyard_writes_refused", "maintenance") == 1, "the switch")
        switch.unlink()
        becomes(lambda: registry.value("dockyard_writes_refused", "maintenance") == 0, "its end")
        control = [*registry.instance.supervisord()[:2], "supervisor.supervisorctl"]
        control += registry.instance.supervisord()[3:]
        subprocess.run([*control, "stop", "registry"], check=True, capture_output=True)
        becomes(lambda: registry.value("dockyard_up", "registry") == 0, "the registry's end")
        assert registry.value("dockyard_up", "front") == 1
        becomes(lambda: registry.value("dockyard_processes", "registry") == 0, "the end of its process")
        subprocess.run([*control, "stop", "front"], check=True, capture_output=True)
        becomes(lambda: registry.value("dockyard_up", "front") == 0, "the front's end")
        subprocess.run([*control, "start", "registry", "front"], check=True, capture_output=True)
        becomes(lambda: registry.value("dockyard_up", "registry") == 1, "both again")


def test_it_is_read_on_loopback_by_its_name_alone() -> None:
    with measured() as registry:
        asked = [
            ("localhost", "/metrics"),
            ("[::1]", "/metrics"),
            ("rebound.example.com", "/metrics"),
            ("localhost", "/"),
        ]
        assert [registry.ask(path, name)[0] for name, path in asked] == [200, 200, 403, 404]
        listening = Path("/proc/net/tcp").read_text()
        local = [line.split()[1] for line in listening.splitlines()[1:] if line.split()[3] == "0A"]
        assert [it for it in local if it.endswith(f":{registry.port:04X}")] == [
            f"0100007F:{registry.port:04X}"
        ]
        with registry.instance.client("admin") as client:
            assert [client.get(path).status_code for path in ("/metrics", "/stub_status")] == [404, 404]


def test_clients_that_say_nothing_hold_no_scrape_up_for_long() -> None:
    with measured() as registry:
        silent = [socket.create_connection(("127.0.0.1", registry.port)) for _ in range(40)]
        becomes(registry.answers, "a scrape between them")
        for connection in silent:
            connection.close()


def test_without_the_setting_nothing_listens_and_the_command_says_so(registry: Registry) -> None:
    found = registry.run("metrics-show")
    assert (found.code, found.error) == (1, "this registry has no metrics")
    assert "metrics" not in Path(registry.instance.plan.paths.etc, "supervisord.conf").read_text()
    assert "stub_status" not in Path(registry.instance.plan.paths.front, "nginx.conf").read_text()


def test_what_has_gone_is_said_by_the_command(registry: Registry) -> None:
    port = free_port()
    configuration = registry.etc / "config.json"
    text = configuration.read_text().replace('"metrics": {}', f'"metrics": {{"port": {port}}}')
    configuration.write_text(text)
    found = registry.run("metrics-show")
    assert found.code == 1
    assert found.error.startswith(f"nobody answers at localhost port {port}")
