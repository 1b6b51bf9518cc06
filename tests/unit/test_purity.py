"""Where Pulumi and the clouds' SDKs are imported."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dockyard
import pytest

ROOT = Path(dockyard.__file__).parent


@dataclass(frozen=True)
class Cloud:
    """A folder below `dockyard`. args: modules that load Pulumi, and not the SDK. components: those that load both."""

    name: str
    sdk: str
    args: frozenset[str]
    components: frozenset[str]

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def pure(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.py")} - self.args - self.components

    def loads(self, names: set[str] | frozenset[str]) -> set[str]:
        """Which of Pulumi's packages are there after these modules."""
        return loaded(*(f"dockyard.{self.name}.{name}" for name in sorted(names)))


CLOUDS = (
    Cloud(
        "aws",
        "pulumi_aws",
        frozenset({"args", "endpoint_args", "public_args", "registry_args", "singleton"}),
        frozenset({"ci", "ecr", "ecr_endpoints", "ecr_public", "ecr_settings", "keys", "registry_children"}),
    ),
    Cloud(
        "azure",
        "pulumi_azure_native",
        frozenset({"args", "feature_args"}),
        frozenset({"acr", "children", "ci", "grants", "roles"}),
    ),
    Cloud("gcp", "pulumi_gcp", frozenset({"args"}), frozenset({"gar", "children", "ci"})),
    Cloud(
        "kubernetes",
        "pulumi_kubernetes",
        frozenset({"args"}),
        frozenset({"make", "pull_secret", "pull_access"}),
    ),
)


def loaded(*modules: str) -> set[str]:
    code = f"import sys, {', '.join(modules)}; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if name.startswith("pulumi")}


@pytest.fixture(params=CLOUDS, ids=lambda cloud: cloud.name)
def cloud(request: pytest.FixtureRequest) -> Cloud:
    found: Cloud = request.param
    return found


def test_pure_modules_load_no_pulumi(cloud: Cloud) -> None:
    """In one process: each of them would show up by itself."""
    assert cloud.loads(cloud.pure) == set()


def test_arguments_load_pulumi_and_not_the_cloud_s_sdk(cloud: Cloud) -> None:
    assert cloud.loads(cloud.args) & {"pulumi", cloud.sdk} == {"pulumi"}


def test_no_module_of_args_or_components_hides_its_annotations_from_pulumi(cloud: Cloud) -> None:
    for name in sorted(cloud.args | cloud.components):
        assert "\nfrom __future__" not in (cloud.folder / f"{name}.py").read_text(), name


def test_what_decides_on_azure_is_pure() -> None:
    assert {each.name: each for each in CLOUDS}["azure"].pure >= {"abac", "matrix", "settings"}


def test_what_the_policy_pack_shares_loads_no_pulumi() -> None:
    assert loaded("dockyard.checks", "dockyard.later") == set()
