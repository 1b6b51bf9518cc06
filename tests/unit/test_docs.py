"""README.md says what the code does."""

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from dockyard.cli.command import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
RULES = (ROOT / "policy" / "README.md").read_text()


@pytest.fixture(scope="module")
def docs():
    spec = importlib.util.spec_from_file_location("docs", ROOT / ".make" / "docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_table_is_current(docs):
    """`make docs` makes it so."""
    assert docs.with_table(README) == README


def test_the_page_of_the_rules_is_current():
    """`make docs` makes it so. In a process of its own: the pack's folder is on the path there."""
    command = [sys.executable, str(ROOT / ".make" / "docs.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_a_changed_table_would_be_noticed(docs):
    assert docs.with_table(README.replace("The TCP port of the TLS front", "A port")) == README


def test_configuration_keys_of_the_table_are_those_of_the_project():
    keys = set(re.findall(r"^\| `[a-z_]+` \| `([A-Za-z]+)` \|", README, re.M))
    assert keys | {"kind", "options"} == set(yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"])


def test_the_table_has_every_argument(docs):
    from dockyard.self_hosted import args, target_args

    documented = set(re.findall(r"^\| `([a-z_/*]+)` \|", README, re.M))
    for name, prefix in docs.TABLES:
        for argument in getattr(target_args if hasattr(target_args, name) else args, name).__annotations__:
            assert f"{prefix}{argument}" in documented


def commands() -> list[str]:
    """Every command line of dockyard in the README and the page of rules, up to a pipe or a redirection."""
    text = README + RULES
    code = re.findall(r"`(dockyard [a-z][^`|\\]*)", text) + re.findall(
        r"^(dockyard [a-z][^>|\n]*)", text, re.M
    )
    return sorted({line.strip() for line in code})


def test_the_readme_shows_commands():
    assert len(commands()) >= 8


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_exists_with_its_options(line, tmp_path, monkeypatch):
    words = shlex.split(line)[1:]
    monkeypatch.chdir(tmp_path)
    for word in words:
        if word.endswith((".json", ".yaml")):
            (tmp_path / word).touch()
    command: click.Command = cli
    while isinstance(command, click.Group):
        assert words[0] in command.commands, f"no such command: {line}"
        command = command.commands[words.pop(0)]
    with command.make_context(line, words):
        pass


def test_every_target_of_make_in_the_readme_exists():
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(code_of(README))))
    rules = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.M)
    there = {name for rule in rules for name in rule.split()}
    assert named <= there
    assert there <= named


def code_of(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text)


def test_the_architecture_is_a_mermaid_picture():
    (picture,) = re.findall(r"```mermaid\n(.*?)\n```", README, re.S)
    assert picture.startswith("flowchart")


def test_every_command_has_a_help_text():
    def check(group: click.Group) -> None:
        for name, command in group.commands.items():
            assert command.help, name
            if isinstance(command, click.Group):
                check(command)

    check(cli)


def test_files_that_the_readme_names_exist():
    for name in re.findall(r"`((?:stacks|components|\.ci|\.make)/[\w./]*\w)`", README):
        assert (ROOT / name).exists() or "STACK" in name, name


def test_the_sample_program_runs(tmp_path):
    """The README's own program, planned in a project that names our plugin as the README says."""
    code = re.search(r"```python\n(.*?)```", README, re.S)
    assert code
    plugin = {"name": "dockyard", "path": str(ROOT / "components")}
    project = {
        "name": "own",
        "runtime": "python",
        "backend": {"url": "file://.state"},
        "plugins": {"providers": [plugin]},
    }
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(code[1])
    command = [sys.executable, "-m", "dockyard.cli", "preview", "-s", "dev", "--engine", "embedded", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    planned = json.loads(done.stdout)
    assert planned["changes"]["create"] == 9
    assert planned["outputs"]["host"] == "localhost:8443"
