"""Pulumi.yaml: found, read, refused."""

from pathlib import Path

import pytest
from dockyard.engine.project import Project, check_project_name, check_stack_name
from dockyard.errors import DockyardError, ProblemsError

FULL = """
name: registry
main: stacks/
stackConfigDir: stacks
runtime:
  name: python
  options: {virtualenv: .venv}
plugins:
  providers:
    - {name: dockyard, path: ./components}
backend: {url: "file://~"}
config: {port: 443}
"""


def test_a_project_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(FULL)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    project = Project.find(below)
    assert project.name == "registry"
    assert project.root == tmp_path
    assert project.main == tmp_path / "stacks"
    assert project.stack_file("local") == tmp_path / "stacks" / "Pulumi.local.yaml"
    assert (project.runtime, project.runtime_options) == ("python", {"virtualenv": ".venv"})
    assert project.plugins == {"dockyard": tmp_path / "components"}


def test_the_backend_is_the_environments_then_the_projects_then_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(FULL)
    project = Project.find(tmp_path)
    assert project.state_url({"PULUMI_BACKEND_URL": "file:///x"}) == "file:///x"
    assert project.state_url({}) == "file://~"
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: python\n")
    assert Project.find(tmp_path).state_url({}) == f"file://{tmp_path}/.state"


def test_no_project_is_an_error_that_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(DockyardError, match=rf"^no Pulumi.yaml found in {tmp_path} or above it"):
        Project.find(tmp_path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.yaml"
    file.write_text("name: ../x\nmain: [1]\nbackend: here\nplugins: {providers: [{name: dockyard}]}\n")
    with pytest.raises(ProblemsError) as error:
        Project.find(tmp_path)
    rule = "1 to 100 letters, digits, hyphens, underscores and periods, not `.` or `..`"
    assert str(error.value) == (
        f"{file}: 5 problems\n"
        f"  name: must be {rule}, got '../x'\n"
        "  runtime: must be a runtime's name or {name, options}, got None\n"
        "  main: must be a path, got [1]\n"
        "  backend: must be a mapping, got 'here'\n"
        "  plugins/providers/0: must have a `name` and a `path`"
    )


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a\\b", "a\nb", "a b", "ä", "a" * 101, "organization/p/s"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    for check, what in ((check_stack_name, "stack"), (check_project_name, "project")):
        with pytest.raises(DockyardError) as error:
            check(name)
        assert str(error.value).startswith(f"{name!r} is no {what} name: 1 to 100 letters")


@pytest.mark.parametrize("name", ["local", "a.b-c_D9", "a" * 100, "...", ".a"])
def test_a_name_is_accepted(name: str) -> None:
    assert check_stack_name(name) == name


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: {\n")
    with pytest.raises(DockyardError, match=r"Pulumi.yaml:3:1: "):
        Project.find(tmp_path)
