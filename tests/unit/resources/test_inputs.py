"""From a bundle to a Host's inputs."""

import pytest
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError
from dockyard.provider.host_check import DEFAULTS, INPUTS, host_problems
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import Bundle, Directory, File, Runtime, Service

BUNDLE = Bundle(
    runtime=Runtime.SUPERVISOR,
    directories={"/d": Directory(0o750, keep=True)},
    files={"/d/s": File("hush", 0o600, secret=True), "/d/conf": File("[supervisord]", 0o644, owner="root")},
    services=(Service("front", ("/d/s",), ("/d/conf",)),),
    supervisor="/d/conf",
)


def test_the_inputs_are_those_that_the_plugin_takes():
    inputs = host_inputs(BUNDLE, Secret)
    assert set(inputs) <= set(INPUTS)
    assert set(DEFAULTS) <= set(inputs)
    assert host_problems(inputs) == []


def test_only_secret_files_are_secrets():
    files = host_inputs(BUNDLE, Secret)["files"]
    assert files["/d/s"] == {"content": Secret("hush"), "mode": "0600"}
    assert files["/d/conf"] == {"content": "[supervisord]", "mode": "0644", "owner": "root"}


def test_contents_replace_the_bundles_own():
    assert host_inputs(BUNDLE, Secret, {"/d/s": "real"})["files"]["/d/s"]["content"] == Secret("real")


def test_contents_for_an_unknown_file_are_refused():
    with pytest.raises(DockyardError, match="does not have: /d/x"):
        host_inputs(BUNDLE, Secret, {"/d/x": ""})


def test_equal_bundles_give_equal_inputs():
    assert host_inputs(BUNDLE, Secret) == host_inputs(BUNDLE, Secret)
