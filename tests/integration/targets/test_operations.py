"""The operations, as they are run on the registry's host."""

import os
import shutil

import pytest

from tests.support.deployed import Deployed
from tests.support.images import MANIFEST

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic"),
]


def test_after_a_backup_the_whole_store_may_be_lost(lab: Deployed) -> None:
    images = [lab.push(f"kept/app{number}", "v1", os.urandom(50_000)) for number in range(3)]
    lab.operations("backup")
    drilled = lab.operations("drill")
    assert drilled["broken"] == []
    assert drilled["tags"] >= len(images)
    before = lab.running()
    lab.said("rm", "-r", f"{lab.plan.paths.store}/docker")
    assert not any(lab.registry.pulls(image) for image in images)
    found = lab.operations("restore")
    assert found["warnings"] == []
    assert [image for image in images if not lab.registry.pulls(image)] == []
    assert lab.registry.pulls(lab.push("kept/after", "v1", b"pushed after the restore"))
    assert lab.running() == before
    assert lab.up().changes == {}


def test_garbage_collection_frees_what_was_deleted_and_nothing_else(lab: Deployed) -> None:
    stays, goes = (lab.push(f"{name}/app", "v1", os.urandom(50_000)) for name in ("stays", "goes"))
    assert lab.path(str(lab.registry.blob(goes.layer))).exists()
    with lab.client("admin") as admin:
        assert admin.delete(f"/v2/goes/app/manifests/{goes.digest}").status_code == 202
    lab.operations("backup")
    before = lab.running()
    found = lab.operations("gc")
    assert found["broken"] == []
    assert not lab.path(str(lab.registry.blob(goes.layer))).exists()
    assert lab.registry.pulls(stays)
    with lab.client("ci") as client:
        answer = client.get(f"/v2/goes/app/manifests/{goes.digest}", headers={"Accept": MANIFEST})
        assert answer.status_code == 404
    assert lab.running() == before


def test_the_doctor_finds_no_fault(lab: Deployed) -> None:
    checks = lab.operations("doctor")["checks"]
    assert [check for check in checks if check["status"] == "failure"] == []
    assert {check["name"] for check in checks} >= {"registry runs", "front runs", "registry answers"}
