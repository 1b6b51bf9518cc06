"""Servers of restic's addresses, and the file of known faults."""

import zipfile
from base64 import decodebytes
from io import BytesIO

import pytest
from dockyard.ops import names, versions
from dockyard.self_hosted.render_ops import zipapp


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("/srv/backup", ""),
        ("sftp:copies@backup.example.com:/srv/restic", "backup.example.com"),
        ("sftp://copies@backup.example.com:2222//srv", "backup.example.com"),
        ("sftp://copies@[2001:db8::1]:2222//srv", "2001:db8::1"),
        ("rest:https://copies:word@backup.example.com:8000/", "backup.example.com"),
        ("s3:s3.amazonaws.com/bucket", "s3.amazonaws.com"),
        ("s3:http://localhost:9000/restic", "localhost"),
        ("b2:bucket:images", ""),
        ("azure:container:/", ""),
        ("gs:bucket:/", ""),
        ("rclone:remote:images", ""),
        ("", ""),
    ],
)
def test_the_server_of_a_repository(address, server):
    assert names.server_of(address) == server


def test_known_faults_are_a_file_that_the_host_has_too():
    assert {fault.id for fault in versions.faults()} >= {"CVE-2023-2253"}
    assert all(fault.fixed_in for fault in versions.faults())
    with zipfile.ZipFile(BytesIO(decodebytes(zipapp().encode()))) as packed:
        assert "dockyard/ops/known_faults.json" in packed.namelist()
