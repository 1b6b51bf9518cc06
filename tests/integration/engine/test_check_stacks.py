"""Every stack and every example of this repository, planned as on a pull request: no plugin, no credentials, no network."""

from pathlib import Path

import pytest
import yaml
from dockyard.engine import check
from dockyard.engine.project import Project

ROOT = Path(__file__).parents[3]
STACKS = sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml"))
EXAMPLES = sorted(
    path.parent for path in (ROOT / "stacks" / "examples").glob("*/Pulumi.yaml") if path.parent.name != "yaml"
)


def planned(folder: Path, stack: str) -> check.Plan:
    made = check.run(Project.find(folder), stack)
    assert made.errors == []
    return made


def judged(folder: Path, stack: str) -> check.Plan:
    """Planned, and judged by this repository's policies; nothing in it fails."""
    made = check.run(Project.find(folder), stack, packs=[ROOT / "policy"])
    assert made.judged
    assert made.errors == []
    assert [(each.policy, each.message) for each in made.violations if each.mandatory] == []
    assert made.waived == ()
    return made


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_is_planned_and_fit_to_be_deployed(stack):
    made = judged(ROOT, stack)
    assert {"host", "images", "username", "password"} <= set(made.outputs)
    assert {source.file for source in made.sources.values()} == {"stacks/__main__.py"}


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_is_planned_and_fit_to_be_deployed(folder):
    made = judged(folder, "dev")
    assert any(state.type.startswith("dockyard:index:") for state in made.resources)
    assert made.outputs


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_is_a_page(folder):
    """Short, and what its environment needs is written beside it."""
    assert len((folder / "__main__.py").read_text().splitlines()) <= 30
    extras = (
        (folder / "requirements.txt").read_text().strip().removeprefix("-e ../../..").strip("[]").split(",")
    )
    needs = {state.type.split(":")[0] for state in planned(folder, "dev").resources} & {
        "aws",
        "azure-native",
        "gcp",
        "kubernetes",
    }
    assert {need.removesuffix("-native") for need in needs} == set(filter(None, extras))


def test_the_registry_s_machine_is_not_the_one_that_checks(monkeypatch, tmp_path):
    """Limits need systemd: a machine without it can plan them all the same, and still refuses what no machine can keep."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    program = 'import dockyard\ndockyard.SelfHostedRegistry("a", {{"domain": "x.example", "users": {{"ci": {{}}}}, {more}}})\n'
    (tmp_path / "__main__.py").write_text(program.format(more='"runtime": "systemd", "memory_limit": "1G"'))
    planned(tmp_path, "dev")
    (tmp_path / "__main__.py").write_text(
        program.format(more='"runtime": "supervisor", "memory_limit": "1G"')
    )
    made = check.run(Project.find(tmp_path), "dev")
    assert "supervisor cannot limit" in made.errors[0].message


def test_the_example_in_yaml_fits_the_schema_that_the_plugin_serves():
    from dockyard.provider.hosting import Hosting

    program = yaml.safe_load((ROOT / "stacks" / "examples" / "yaml" / "Pulumi.yaml").read_text())
    schema = Hosting("0.0.0").schema()["resources"]
    assert program["resources"]
    for resource in program["resources"].values():
        known = schema[resource["type"]]
        assert set(resource["properties"]) <= set(known["inputProperties"])
        assert set(known["requiredInputs"]) <= set(resource["properties"])
    outputs = {
        name for resource in program["resources"].values() for name in schema[resource["type"]]["properties"]
    }
    used = {text.strip("${}").split(".")[1] for text in program["outputs"].values()}
    assert used <= outputs
