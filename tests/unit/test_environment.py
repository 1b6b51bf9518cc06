"""`.make/environment.py`, with stand-ins for what it finds on PATH."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".make" / "environment.py"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The script as a module, of a project in a temporary folder, with an empty PATH."""
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "dockyard.stamp")
    return module


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def fake_venv(environment, monkeypatch):
    """Records what would be installed instead of installing it."""
    done = []
    monkeypatch.setattr(environment, "find_python", lambda: "python3.11")

    def make_venv(python):
        environment.VENV.mkdir()
        done.append(python)

    monkeypatch.setattr(environment, "make_venv", make_venv)
    monkeypatch.setattr(environment, "install", lambda lock: done.append(lock.name))
    return done


def test_a_python_that_is_too_old_is_named(environment, tmp_path, capsys):
    old = program(tmp_path, "python3", "echo 3 9")
    with pytest.raises(SystemExit) as stopped:
        environment.find_python()
    assert stopped.value.code == 1
    assert capsys.readouterr().err == (
        f"no Python 3.11 or newer on PATH; found: {old} (3.9)\n"
        "hint: apt-get install python3.11 python3.11-venv, or any newer Python 3\n"
    )


def test_no_python_at_all_is_said(environment, capsys):
    with pytest.raises(SystemExit):
        environment.find_python()
    assert "found: none" in capsys.readouterr().err


def test_a_newer_python_is_found_beside_an_old_one(environment, tmp_path):
    program(tmp_path, "python3", "echo 3 9")
    wanted = program(tmp_path, "python3.12", "echo 3 12")
    assert environment.find_python() == str(wanted)


def test_a_shim_that_does_not_run_is_passed_over(environment, tmp_path):
    program(tmp_path, "python3.13", "exit 127")
    wanted = program(tmp_path, "python3", "echo 3 11")
    assert environment.find_python() == str(wanted)


def test_a_missing_ensurepip_names_the_package(environment, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    python = program(tmp_path, "python3.11", 'case "$2" in *ensurepip*) exit 1;; *) echo python3.11;; esac')
    with pytest.raises(SystemExit) as stopped:
        environment.make_venv(str(python))
    assert stopped.value.code == 1
    assert capsys.readouterr().err == (
        f"{python} cannot make environments: its ensurepip is missing\n"
        "hint: sudo apt-get install python3.11-venv\n"
    )


def test_an_environment_that_fits_is_left_alone(environment, monkeypatch):
    done = fake_venv(environment, monkeypatch)
    environment.main([])
    environment.main([])
    assert done == ["python3.11", "requirements.lock"]


def test_the_development_environment_serves_the_base_too(environment, monkeypatch):
    done = fake_venv(environment, monkeypatch)
    environment.main(["--dev"])
    environment.main([])
    assert done == ["python3.11", "requirements-dev.lock"]


def test_the_base_is_added_to_for_development(environment, monkeypatch):
    done = fake_venv(environment, monkeypatch)
    environment.main([])
    environment.main(["--dev"])
    assert done == ["python3.11", "requirements.lock", "requirements-dev.lock"]


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_anew(environment, monkeypatch, changed):
    done = fake_venv(environment, monkeypatch)
    environment.main([])
    (environment.ROOT / changed).write_text("changed")
    environment.main([])
    assert done.count("requirements.lock") == 2


def test_a_folder_that_was_moved_is_made_anew(environment, monkeypatch, tmp_path):
    done = fake_venv(environment, monkeypatch)
    environment.main([])
    moved = tmp_path / "moved"
    environment.VENV.rename(moved)
    monkeypatch.setattr(environment, "VENV", moved)
    monkeypatch.setattr(environment, "STAMP", moved / "dockyard.stamp")
    environment.main([])
    assert done == ["python3.11", "requirements.lock"] * 2


def test_one_whose_python_is_gone_is_made_anew(environment, monkeypatch):
    done = fake_venv(environment, monkeypatch)
    environment.main([])
    (environment.VENV / "bin").mkdir()
    (environment.VENV / "bin" / "python").symlink_to("/nowhere/python3.11")
    environment.main([])
    assert done == ["python3.11", "requirements.lock"] * 2


def test_uv_takes_packages_from_where_pip_would(environment, tmp_path, monkeypatch):
    program(tmp_path, "uv", f'echo "$UV_DEFAULT_INDEX $UV_FIND_LINKS" >> {tmp_path}/said')
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("UV_FIND_LINKS", "/own")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    environment.install(tmp_path / "requirements.lock")
    assert (tmp_path / "said").read_text() == "https://mirror.example/simple /own\n" * 2


def test_what_fails_is_named_with_its_exit_code(environment, tmp_path, capsys):
    program(tmp_path, "uv", "exit 2")
    with pytest.raises(SystemExit) as stopped:
        environment.install(tmp_path / "requirements.lock")
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("failed with exit code 2: uv pip install ")


def test_one_that_was_killed_half_way_starts_over(environment, monkeypatch):
    done = fake_venv(environment, monkeypatch)
    environment.VENV.mkdir()
    (environment.VENV / "half").touch()
    environment.main([])
    assert not (environment.VENV / "half").exists()
    assert done == ["python3.11", "requirements.lock"]


def test_the_script_is_readable_for_an_old_python():
    """It must get as far as saying that the Python is too old."""
    compiled = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import ast; ast.parse(open({str(SCRIPT)!r}).read(), feature_version=(3, 7))",
        ],
        check=False,
    )
    assert compiled.returncode == 0


def test_uv_makes_an_environment_with_pip(environment, tmp_path, monkeypatch):
    """Without one `pulumi up` ends in "failed to discover package requirements"."""
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\n')
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environment.make_venv("python3.11")
    assert "--seed" in (tmp_path / "called").read_text().split()
