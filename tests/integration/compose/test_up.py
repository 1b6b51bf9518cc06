"""A registry in containers: up, used, looked at, changed, mended."""

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("docker")]


def test_it_takes_a_push_and_gives_it_back(lab):
    image = lab.push("team/app", "v1", b"layer" * 1000)
    assert lab.registry.pulls(image)
