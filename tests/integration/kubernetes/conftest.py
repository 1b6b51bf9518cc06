"""One cluster for all tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.support.cluster import MISSING, Cluster, running


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if MISSING:
        hint = "`make test-kubernetes` builds them, KUBEBUILDER_ASSETS names a folder that has them"
        pytest.skip(f"not installed: {', '.join(MISSING)}; {hint}")
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
