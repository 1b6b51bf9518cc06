"""What is left of a registry that is taken away."""

import pytest

from tests.support.deployed import Deployed
from tests.support.instance import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_down_removes_everything_but_the_images(lab: Deployed) -> None:
    image = lab.push("team/stays", "v1", b"kept" * 1000)
    paths = lab.plan.paths
    lab.down("retain")
    assert lab.left() == []
    assert not lab.instance.answers()
    for folder in (paths.etc, paths.log, paths.run):
        assert not lab.path(folder).exists(), folder
    assert lab.path(str(lab.registry.blob(image.layer))).read_bytes() == image.content
    lab.up()
    wait_until(lab.instance.answers, "the front to answer")
    assert lab.registry.pulls(image), "what was kept is served again"
