"""One cluster for all tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.support.cluster import MISSING, Cluster, running


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "kubernetes: needs kube-apiserver and etcd, in $KUBEBUILDER_ASSETS or on PATH"
    )


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}; KUBEBUILDER_ASSETS names their folder")
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
