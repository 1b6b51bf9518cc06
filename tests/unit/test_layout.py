"""The shape of the repository."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOP = {
    *("CHANGELOG.md", "LICENSE", "Makefile", "Pulumi.yaml", "README.md", "pyproject.toml"),
    *("requirements.lock", "requirements-dev.lock"),
    *("components", "policy", "stacks", "templates", "tests"),
}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [ROOT / name for name in tracked() if name.endswith(".py")]


def test_the_top_level_is_fixed():
    names = {name.split("/")[0] for name in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP


def test_files_are_short():
    lengths = {str(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {path: length for path, length in lengths.items() if length >= LONGEST_FILE} == {}


def test_functions_are_short():
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_the_makefile_has_few_rules():
    rules = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.M)
    targets = [name for rule in rules for name in rule.split()]
    assert 3 <= len(rules) <= 10
    assert {"up", "down", "test"} <= set(targets)


def test_nothing_names_a_package_registry_or_a_path_of_one_machine():
    hosts = [rf"{name}\.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("golang", "org"))]
    bad = re.compile("|".join([*hosts, "/" + r"work/(?:main|shared|tmp)", "/" + r"root/\."]))
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode(errors="replace")
        found += [f"{name}: {match[0]}" for match in bad.finditer(text)]
    assert found == []


def test_lock_files_hold_hashes_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index-url" not in text


def test_the_version_is_the_same_everywhere():
    import dockyard

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugin = yaml.safe_load((ROOT / "components" / "PulumiPlugin.yaml").read_text())
    assert dockyard.__version__ == project["version"]
    assert plugin.get("version", project["version"]) == project["version"]
    assert plugin["name"] == project["name"]
    pack = yaml.safe_load((ROOT / "policy" / "PulumiPolicy.yaml").read_text())
    assert pack["version"] == project["version"]


def test_the_stack_program_is_short():
    assert len((ROOT / "stacks" / "__main__.py").read_text().splitlines()) <= 60
