"""What metrics are made of: the text format, the end of a certificate, parts that fail or hang, rules and dashboard."""

import datetime
import json
import re
import shutil
import subprocess
import threading

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from dockyard.cli import measuring
from dockyard.ops import healthz
from dockyard.ops.exporter import Gathered, Part
from dockyard.ops.exposition import FAMILIES, PARTS, Sample, family_of, text
from dockyard.ops.gauges import COUNTED
from dockyard.ops.traffic import Traffic
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

NAME = re.compile(r"\bdockyard_[a-z_]+")
KEY = ec.generate_private_key(ec.SECP256R1())


@settings(deadline=None)
@given(st.text(), st.floats(allow_nan=False))
def test_any_label_and_value_is_read_as_it_was_meant(label, value):
    (family,) = text_string_to_metric_families(text([Sample("dockyard_up", value, {"service": label})]))
    (sample,) = family.samples
    assert (sample.labels, sample.value) == ({"service": label}, value)


def test_a_name_that_is_not_described_is_a_fault():
    with pytest.raises(KeyError):
        text([Sample("dockyard_unknown", 1)])


def test_a_histogram_adds_up():
    traffic = Traffic()
    line = (
        '{"time":"2026-11-27T03:00:00Z","method":"GET","path":"/v2/a/manifests/1","status":%d,"duration":%s}'
    )
    for status, duration in ((200, 0.001), (200, 0.3), (404, 4000)):
        traffic.count([(line % (status, duration)).encode(), b"junk"])
    families = {it.name: it for it in text_string_to_metric_families(text(traffic.samples()))}
    buckets = [
        it.value
        for it in families["dockyard_request_duration_seconds"].samples
        if it.name.endswith("_bucket")
    ]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[-2], buckets[-1]) == (1, 2, 3)
    assert families["dockyard_unreadable_lines"].samples[0].value == 3
    statuses = {it.labels["status"]: it.value for it in families["dockyard_requests"].samples}
    assert statuses == {"200": 2, "404": 1}


def certificate(end: datetime.datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x" * 60)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(datetime.datetime(1970, 1, 1)).not_valid_after(end)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@settings(deadline=None)
@given(st.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(2300, 1, 1)))
def test_the_end_of_a_certificate_is_read(end):
    """Before 2050 a year has two digits there, from then on four."""
    end = end.replace(microsecond=0)
    assert healthz.end_of(certificate(end)) == end.replace(tzinfo=datetime.UTC).timestamp()


WHOLE = certificate(datetime.datetime(2030, 1, 1))


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(WHOLE) - 1))
def test_what_is_no_certificate_is_an_error(junk, cut):
    for content in (junk, WHOLE[:cut]):
        with pytest.raises(OSError, match="the certificate cannot be read"):
            healthz.end_of(content)


def test_a_part_that_fails_or_hangs_is_stale_while_the_others_go_on(capsys):
    held, entered = threading.Event(), threading.Event()

    def hangs():
        entered.set()
        held.wait()
        return [Sample("dockyard_reserve_bytes", 1)]

    def fails():
        raise OSError("no such disk")

    parts = {"good": lambda: [Sample("dockyard_uploads", 3)], "bad": fails, "slow": hangs}
    gathered = Gathered({name: Part(3600.0, look) for name, look in parts.items()})
    for name in ("good", "bad", "bad"):
        gathered.gather(name)
    thread = threading.Thread(target=gathered.gather, args=("slow",))
    thread.start()
    assert entered.wait(60)
    told = gathered.text()
    held.set()
    thread.join()
    up = {name: f'dockyard_collector_up{{collector="{name}"}}' for name in parts}
    assert f"{up['good']} 1\n{up['bad']} 0\n{up['slow']} 0\n" in told
    assert "dockyard_uploads 3" in told
    assert "dockyard_reserve_bytes" not in told
    assert capsys.readouterr().out == "bad: no such disk\n", "told once"
    assert f"{up['slow']} 1" in gathered.text()


def expressions() -> list[str]:
    rules = yaml.safe_load(measuring.rules())["groups"][0]["rules"]
    panels = json.loads(measuring.dashboard())["panels"]
    return [it["expr"] for it in rules] + [it["expr"] for panel in panels for it in panel["targets"]]


def exported() -> set[str]:
    """What tests/integration/ops/test_metrics.py holds the exporter to: all of it is told, sooner or later."""
    histograms = {
        f"{name}{part}" for name, it in FAMILIES.items() if it.kind == "histogram" for part in PARTS
    }
    return {name for name, it in FAMILIES.items() if it.kind != "histogram"} | histograms


def test_rules_and_dashboard_ask_for_what_is_told():
    named = {name for expression in expressions() for name in NAME.findall(expression)}
    assert named <= exported()
    assert len(named) > 20
    assert {family_of(name) for name in exported()} == set(FAMILIES)
    assert {f"dockyard_store_{name}" for name in COUNTED} <= exported()


def test_every_counter_and_no_gauge_is_called_total():
    assert {name for name, it in FAMILIES.items() if it.kind == "counter"} == {
        name for name in FAMILIES if name.endswith("_total")
    }


def test_each_rule_has_what_a_person_needs():
    rules = yaml.safe_load(measuring.rules())["groups"][0]["rules"]
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names) >= 14
    for rule in rules:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]


def test_the_dashboard_is_one_that_grafana_imports():
    found = json.loads(measuring.dashboard())
    assert found["title"]
    assert found["schemaVersion"] >= 39
    assert {it["name"] for it in found["templating"]["list"]} == {"datasource", "instance"}
    taken: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        assert panel["type"] in ("stat", "timeseries", "table")
        assert panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({it["refId"] for it in panel["targets"]}) == len(panel["targets"]) > 0
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in found["panels"]}) == len(found["panels"])


@pytest.mark.skipif(not shutil.which("promtool"), reason="not installed: promtool (package prometheus)")
def test_promtool_takes_rules_expressions_and_the_text(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(measuring.rules())
    assert promtool("check", "rules", str(rules)) == 0
    panels = [it.replace("$__rate_interval", "5m").replace("$instance", ".*") for it in expressions()]
    own = [{"record": f"r{number}", "expr": expression} for number, expression in enumerate(panels)]
    rules.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": own}]}))
    assert promtool("check", "rules", str(rules)) == 0
    rules.write_text(measuring.rules().replace("== 0", "= = 0"))
    assert promtool("check", "rules", str(rules)) != 0
    every = [Sample(name, 1) for name in FAMILIES if FAMILIES[name].kind != "histogram"]
    assert promtool("check", "metrics", text=text(every)) == 0


def promtool(*arguments: str, text: str = "") -> int:
    command = ["promtool", *arguments]
    return subprocess.run(
        command, input=text.encode(), capture_output=True, timeout=60, check=False
    ).returncode
