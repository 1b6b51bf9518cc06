"""The file backend: found, read, written, refused, exported and imported."""

import copy
import functools
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine.backend import Backend
from dockyard.engine.history import Update
from dockyard.engine.project import Project
from dockyard.engine.store import StackStore
from dockyard.engine.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret
from dockyard.errors import DockyardError


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def failure(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(DockyardError) as error:
        action(*args, **kwargs)
    return str(error.value)


def test_opening_a_backend_writes_nothing(tmp_path: Path) -> None:
    Backend.open(f"file://{tmp_path}/state", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_folder_is_one_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the CLI, which does not care where Pulumi.yaml is."""
    monkeypatch.chdir(tmp_path)
    assert Backend.open("file://./x?no_tmp_dir=true", Path("/elsewhere")).folder == tmp_path / "x"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Backend.open("file://~", Path("/elsewhere")).folder == tmp_path


@pytest.mark.parametrize("url", ["s3://bucket", "https://api.pulumi.com", "azblob://x"])
def test_another_backend_is_refused_by_name(url: str) -> None:
    said = failure(Backend.open, url, Path("/"))
    scheme = url.partition(":")[0]
    assert said == (
        f"the embedded engine keeps state in files (file://...); the backend here is {scheme}\n"
        "hint: run this stack with the Pulumi CLI"
    )


def test_layouts_that_are_not_known_are_refused(tmp_path: Path) -> None:
    stacks = tmp_path / ".pulumi" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    assert "has the layout without projects" in failure(Backend.open, f"file://{tmp_path}", tmp_path)
    (tmp_path / ".pulumi" / "meta.yaml").write_text("version: 2\n")
    assert "the layout has version 2" in failure(Backend.open, f"file://{tmp_path}", tmp_path)


def test_stacks_are_listed_and_other_files_are_not(prod: Backend) -> None:
    folder = prod.files("registry", "prod").state.parent
    for name in ("prod.json.bak", "prod.json.attrs", "prod.json.journal", "prod.pulumi-tags", "old.json.gz"):
        (folder / name).write_text("")
    assert prod.stacks("registry") == ["old", "prod"]
    assert prod.stacks("other") == []


@pytest.mark.parametrize("name", ["../prod", "..", "a/b", ""])
def test_no_name_leads_out_of_the_backend(prod: Backend, name: str) -> None:
    before = snapshot(prod.folder)
    for action in (prod.read, prod.load, prod.remove_stack, prod.export, prod.lock, prod.cancel):
        assert "is no stack name" in failure(action, "registry", name)
        assert "is no project name" in failure(action, name, "prod")
    assert snapshot(prod.folder) == before


def test_a_stack_of_the_cli_is_loaded_and_decrypted(prod: Backend) -> None:
    checkpoint = prod.load("registry", "prod")
    assert checkpoint is not None
    assert checkpoint.stack == "organization/registry/prod"
    assert checkpoint.outputs["password"] == Secret("hunter2-of-the-stack")


def test_a_wrong_passphrase_is_told_and_nothing_is_written(
    prod: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wr0ng")
    before = snapshot(prod.folder)
    said = failure(prod.load, "registry", "prod")
    assert said.startswith(
        "stack organization/registry/prod: incorrect passphrase: it does not open this stack's secrets"
    )
    assert "wr0ng" not in said
    assert "incorrect passphrase" in failure(StackStore.open, prod, "registry", "prod")
    assert snapshot(prod.folder) == before


def test_no_passphrase_is_told(prod: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    assert failure(prod.load, "registry", "prod") == (
        "stack organization/registry/prod: no passphrase for the stack's secrets\n"
        "hint: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
    )


def test_the_default_backend_makes_itself_a_passphrase_and_no_other_does(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    default = Backend.open(project.state_url(), project.root)
    salt = default.manager_for(project, "local").salt
    assert len((tmp_path / ".state" / "passphrase").read_text()) == 33
    assert Backend.open(project.state_url(), project.root).manager(salt).salt == salt
    other = Backend.open(f"file://{tmp_path}/other", project.root)
    assert "no passphrase" in failure(other.manager_for, project, "local")


def test_the_default_backend_never_makes_a_second_passphrase_for_a_stack_that_has_one(
    prod: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    prod.own_passphrase = tmp_path / "passphrase"
    assert "no passphrase for the stack's secrets" in failure(prod.load, "registry", "prod")
    assert not prod.own_passphrase.exists()


def test_the_salt_of_the_stack_file_comes_first_then_that_of_the_state(
    prod: Backend, project: Project
) -> None:
    document = prod.read("registry", "prod")
    assert document is not None
    assert prod.manager_for(project, "prod").salt == document.salt
    other = prod.manager("").salt
    project.stack_file("prod").write_text(f"encryptionsalt: {other}\n")
    assert prod.manager_for(project, "prod").salt == other


@pytest.mark.parametrize("cut", [0, 1, 100, 3000])
def test_a_damaged_state_is_told_with_its_backups_and_left_alone(prod: Backend, cut: int) -> None:
    files = prod.files("registry", "prod")
    whole = files.state.read_bytes()
    files.state.write_bytes(whole[:cut])
    assert "there is no backup beside it" in failure(prod.load, "registry", "prod")
    files.backup.write_bytes(whole)
    files.backups.mkdir(parents=True)
    for stamp in (100, 200):
        (files.backups / f"prod.{stamp}.json").write_bytes(whole)
    before = snapshot(prod.folder)
    for action in (prod.load, prod.export, prod.remove_stack, lambda *name: StackStore.open(prod, *name)):
        said = failure(action, "registry", "prod")
        assert said.startswith(f"the state file {files.state} is damaged: it is not JSON (")
        assert said.endswith(
            f"; nothing was changed\nhint: copy a backup over it: {files.backup} or {files.backups}/prod.200.json"
        )
    assert snapshot(prod.folder) == before


def test_a_secret_that_was_tampered_with_is_told_with_its_place(prod: Backend) -> None:
    state = prod.files("registry", "prod").state
    data = json.loads(state.read_text())
    outputs = data["checkpoint"]["latest"]["resources"][0]["outputs"]
    outputs["password"]["ciphertext"] = outputs["users"]["ciphertext"][:-8] + "AAAAAAA="
    state.write_text(json.dumps(data))
    backup = state.with_name("prod.json.bak")
    backup.write_text("{}")
    for action in (prod.load, functools.partial(StackStore.open, prod)):
        said = failure(action, "registry", "prod")
        assert said.startswith(f"the state file {state} is damaged: ")
        assert "registry-prod.outputs.password: an encrypted value is damaged" in said
        assert said.endswith(f"nothing was changed\nhint: copy a backup over it: {backup}")


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in JSON data."""
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for key, item in items:
        yield from places(item, (*place, key))


def test_whatever_stands_in_a_wrong_place_a_state_is_read_or_refused_by_name_and_left_alone(
    prod: Backend,
) -> None:
    """Every part of a state, replaced by data of every other type."""
    state = prod.files("registry", "prod").state
    whole = json.loads(state.read_text())
    refused = 0
    for *outer, last in (place for place in places(whole) if place):
        for wrong in (7, "x", [7], {"a": 7}, True):
            damaged = copy.deepcopy(whole)
            functools.reduce(lambda holder, key: holder[key], outer, damaged)[last] = wrong
            text = json.dumps(damaged)
            state.write_text(text)
            try:
                prod.load("registry", "prod")
                StackStore.open(prod, "registry", "prod").commit()
            except DockyardError:
                refused += 1
                assert state.read_text() == text, (outer, last, wrong)
    assert refused > 100


def test_a_compressed_state_of_the_cli_is_read_and_replaced(prod: Backend) -> None:
    files = prod.files("registry", "prod")
    files.compressed.write_bytes(gzip.compress(files.state.read_bytes()))
    files.state.unlink()
    store = StackStore.open(prod, "registry", "prod")
    assert len(store.resources) == 6
    store.drop(store.resources[-1])
    store.commit()
    assert not files.compressed.exists()
    assert len(json.loads(files.state.read_text())["checkpoint"]["latest"]["resources"]) == 5
    files.state.rename(files.state.with_name("prod.json.zst"))
    assert "zstd is not supported" in failure(prod.load, "registry", "prod")


def test_an_export_is_what_the_cli_exports(prod: Backend) -> None:
    written = json.loads(prod.files("registry", "prod").state.read_text())
    assert prod.export("registry", "prod") == {"version": 3, "deployment": written["checkpoint"]["latest"]}


def test_an_export_with_secrets_shows_them(prod: Backend) -> None:
    exported = prod.export("registry", "prod", show_secrets=True)
    password = exported["deployment"]["resources"][0]["outputs"]["password"]
    assert password == {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": '"hunter2-of-the-stack"'}
    assert "ciphertext" not in json.dumps(exported)


def test_an_import_encrypts_what_an_export_showed(prod: Backend) -> None:
    shown = prod.export("registry", "prod", show_secrets=True)
    before = prod.load("registry", "prod")
    prod.import_("registry", "prod", shown)
    after = prod.load("registry", "prod")
    assert before is not None
    assert after is not None
    assert [state.outputs for state in after.resources] == [state.outputs for state in before.resources]
    for file, content in snapshot(prod.folder).items():
        assert b"hunter2" not in content, file


def test_an_import_that_the_cli_would_refuse_is_refused(prod: Backend) -> None:
    exported = prod.export("registry", "prod")
    resources = exported["deployment"]["resources"]
    resources.reverse()
    before = snapshot(prod.folder)
    said = failure(prod.import_, "registry", "prod", exported)
    assert said.startswith("the import is refused:\n  ")
    assert "which it needs, does not stand before it" in said
    resources.reverse()
    del resources[-1]["delete"]
    assert "images-ci: stands there 2 times" in failure(prod.import_, "registry", "prod", exported)
    assert "is not of the stack other" in failure(prod.import_, "registry", "other", exported)
    assert snapshot(prod.folder) == before


def test_a_stack_with_resources_is_removed_only_by_force(prod: Backend) -> None:
    assert failure(prod.remove_stack, "registry", "prod") == (
        "stack prod still has 6 resources\nhint: destroy it first: `dockyard destroy -s prod`"
    )
    prod.record("registry", "prod", Update("update", 1, 2, True))
    prod.remove_stack("registry", "prod", force=True)
    assert prod.load("registry", "prod") is None
    left = [file.name for file in prod.folder.rglob("*") if file.is_file()]
    assert left == ["meta.yaml"]
    assert failure(prod.remove_stack, "registry", "prod") == "no stack named 'prod'"


def test_history_and_backups_are_kept_as_the_cli_keeps_them(prod: Backend) -> None:
    update = Update(
        "update", 10.7, 12.2, True, {"create": 2, "same": 0}, {"registry:port": "443"}, {"a": "b"}
    )
    prod.record("registry", "prod", update)
    prod.record("registry", "prod", Update("destroy", 20, 21, False))
    newest, oldest = prod.history("registry", "prod")
    assert (newest["kind"], newest["result"]) == ("destroy", "failed")
    assert oldest == {
        "kind": "update",
        "startTime": 10,
        "message": "",
        "environment": {"a": "b"},
        "config": {"registry:port": "443"},
        "version": 0,
        "result": "succeeded",
        "endTime": 12,
        "resourceChanges": {"create": 2},
    }
    files = prod.files("registry", "prod")
    state = files.state.read_bytes()
    for pattern, folder in (("prod-*.checkpoint.json", files.history), ("prod.*.json", files.backups)):
        assert [file.read_bytes() for file in folder.glob(pattern)] == [state, state]
