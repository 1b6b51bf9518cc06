"""Who on a machine would trust a registry, by files below a root of the test."""

import json
import ssl

import pytest
from dockyard.doctor import trust
from dockyard.doctor.target import Target

from tests.support.faulty import new_authority

TARGET = Target("registry.example.com", 5000, authority_file="/tmp/it.crt")
UNKNOWN = "unable to get local issuer certificate"


def folder(root, kind):
    made = root / trust.FOLDERS[kind] / "registry.example.com:5000"
    made.mkdir(parents=True)
    return made


@pytest.fixture(scope="module")
def pem():
    return new_authority().pem


@pytest.fixture
def trusts(pem):
    """Whether a context holds the authority, as a handshake would find out."""
    der = ssl.PEM_cert_to_DER_cert(pem)
    return lambda context: "" if der in context.get_ca_certs(binary_form=True) else UNKNOWN


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_an_authority_in_the_folder_of_a_client_is_enough(tmp_path, kind, trusts, pem):
    place = folder(tmp_path, kind)
    lacking = trust.client(kind, TARGET, trusts, tmp_path)
    assert (lacking.status, "holds no authority" in lacking.evidence) == ("warning", True)
    assert lacking.hint == (
        f"sudo install -D -m 644 /tmp/it.crt /{trust.FOLDERS[kind]}/registry.example.com:5000/ca.crt"
    )
    (place / "ca.crt").write_text(pem)
    assert trust.client(kind, TARGET, trusts, tmp_path).status == "ok"


def test_a_file_that_is_no_certificate_is_not_enough(tmp_path, trusts):
    (folder(tmp_path, "docker") / "ca.crt").write_text("no certificate")
    assert trust.client("docker", TARGET, trusts, tmp_path).status == "warning"


def test_containerd_is_told_by_its_hosts_file(tmp_path, trusts, pem):
    place = folder(tmp_path, "containerd")
    (place / "ca.crt").write_text(pem)
    assert trust.client("containerd", TARGET, trusts, tmp_path).status == "warning", (
        "the file alone is not read"
    )
    (place / "hosts.toml").write_text(
        f'[host."https://registry.example.com:5000"]\n  ca = "{place}/ca.crt"\n'
    )
    assert trust.client("containerd", TARGET, trusts, tmp_path).status == "ok"
    (place / "hosts.toml").write_text('[host."https://registry.example.com:5000"]\n  skip_verify = true\n')
    assert "takes anybody" in trust.client("containerd", TARGET, trusts, tmp_path).evidence


def test_a_registry_that_docker_takes_unseen_is_a_warning(tmp_path, trusts, pem):
    (folder(tmp_path, "docker") / "ca.crt").write_text(pem)
    daemon = tmp_path / "etc/docker/daemon.json"
    daemon.write_text(json.dumps({"insecure-registries": ["registry.example.com:5000"]}))
    verdict = trust.client("docker", TARGET, trusts, tmp_path)
    assert (verdict.status, "takes anybody" in verdict.evidence) == ("warning", True)
    daemon.write_text("{")
    assert trust.client("docker", TARGET, trusts, tmp_path).status == "ok"


def test_an_authority_that_is_laid_somewhere_is_found(tmp_path, pem):
    assert trust.authority_of(TARGET, tmp_path) is None
    laid = folder(tmp_path, "podman") / "ca.crt"
    laid.write_text(pem)
    assert trust.authority_of(TARGET, tmp_path) == laid


def test_a_client_that_is_not_there_is_skipped(tmp_path, trusts, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert trust.client("podman", TARGET, trusts, tmp_path).status == "skipped"


def test_a_stacks_authority_is_written_to_a_file_first(tmp_path, trusts):
    folder(tmp_path, "docker")
    made = Target(
        "registry.example.com", 5000, authority_made_by="dockyard outputs -s prod caCertificate > ca.crt"
    )
    hint = trust.client("docker", made, trusts, tmp_path).hint
    assert hint.startswith(
        "dockyard outputs -s prod caCertificate > ca.crt && sudo install -D -m 644 ca.crt /etc/docker/"
    )
