"""What is rendered for each case, to the byte: `make golden` writes it anew, and the review sees what changed."""

import json
import random
import re
import shutil
from pathlib import Path

import pytest

from tests.golden.cases import NAMES, Case, rendered, tree

KEPT = {"settings.json", "facts.json"}


def test_there_are_cases() -> None:
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_the_case_is_rendered_as_kept(name: str, request: pytest.FixtureRequest) -> None:
    case = Case(name)
    new = tree(rendered(case), case.plan.facts.state_dir)
    if request.config.getoption("--golden"):
        write(case.folder, new)
    kept = {
        str(path.relative_to(case.folder)): path.read_text()
        for path in case.folder.rglob("*")
        if path.is_file() and path.name not in KEPT
    }
    assert sorted(kept) == sorted(new)
    for path, text in new.items():
        assert kept[path] == text, f"{path} changed: `make golden` writes it anew"


def write(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder / "tree", ignore_errors=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("name", NAMES)
def test_rendering_twice_and_in_another_order_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    case = Case(name)
    first = rendered(case)
    assert rendered(case) == first
    settings = case.settings
    shuffled = list(settings["users"].items())
    random.Random(7).shuffle(shuffled)
    settings["users"] = dict(shuffled)
    monkey = Path(tmp_path, name)
    monkey.mkdir()
    (monkey / "settings.json").write_text(json.dumps(dict(reversed(settings.items()))))
    shutil.copy(case.folder / "facts.json", monkey)

    class Moved(Case):
        @property
        def folder(self) -> Path:
            return monkey

    assert rendered(Moved(name)) == first


@pytest.mark.parametrize("name", NAMES)
def test_no_file_names_what_is_not_its_case_s(name: str) -> None:
    """A path of the machine that renders would be a difference between two machines."""
    bundle = rendered(Case(name))
    here = str(Path(__file__).parents[2])
    for path, file in bundle.files.items():
        assert here not in file.content, path
        assert not re.search(r"\{\{|\{%", file.content) or path.endswith(".py"), path
        assert file.content.endswith("\n") or file.secret
