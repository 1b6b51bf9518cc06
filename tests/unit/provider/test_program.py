"""Which programs the agent runs as the registry, and which it refuses."""

import os
from pathlib import Path

import pytest
from dockyard.provider.agent.program import program_problems, version_problems
from dockyard.self_hosted.bundle import RegistryProgram


def asked(path: object, version: str = "3") -> RegistryProgram:
    return RegistryProgram("registry", version, str(path), True, "/etc/registry.yml", "/etc/config.json")


def told(path: object, version: str = "3", accounts: bool = False) -> str:
    return " | ".join(f"{it.path}: {it.message}" for it in program_problems(asked(path, version), accounts))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """One that says a good version."""
    path = tmp_path / "registry"
    path.write_text("#!/bin/sh\necho registry github.com/distribution/distribution/v3 v3.1.1+unknown\n")
    path.chmod(0o755)
    return path


def test_a_good_one_is_taken(program: Path) -> None:
    assert told(program) == ""


def test_one_that_is_not_there_or_cannot_be_run_is_named(program: Path) -> None:
    assert told("/nowhere/registry") == "program: /nowhere/registry is missing on the host"
    program.chmod(0o644)
    assert told(program).endswith("cannot be executed")


def test_what_others_could_have_changed_is_not_run(program: Path) -> None:
    """It would say so itself: it leaves a file when it is run."""
    ran = program.parent / "ran"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o777)
    assert told(program).endswith("can be written to by other users")
    program.chmod(0o755)
    program.parent.chmod(0o777)
    assert "can be written to by other users" in told(program)
    assert not ran.exists()
    program.parent.chmod(0o700)
    link = program.parent / "link"
    link.symlink_to(program)
    assert told(link).endswith("says no version: nothing")
    assert ran.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which may give files away")
def test_what_belongs_to_somebody_else_is_not_run(program: Path) -> None:
    os.chown(program, 12345, -1)
    assert told(program).endswith("belongs to another user")


def test_what_the_registry_s_account_cannot_reach_is_told(program: Path) -> None:
    program.parent.chmod(0o700)
    assert "is closed to the registry's account" in told(program, accounts=True)


@pytest.mark.parametrize(
    ("version", "said", "problem"),
    [
        ("3", "registry v3.1.1+unknown", ""),
        ("3", "registry v3.2.0", ""),
        ("2", "docker-registry github.com/docker/distribution 2.8.2+ds1", ""),
        ("2", "registry v2.8.3", ""),
        ("3", "registry v3.0.0", "/x is 3.0.0: before 3.1.0 a crash can leave an empty link"),
        ("3", "registry v3.1.0", "/x is 3.1.0: 3.1.0 lets tags be deleted"),
        ("3", "registry v3.1.1-rc.1", "/x is no release"),
        ("3", "registry v2.8.3", "/x is 2.8.3, not 3.x"),
        ("2", "registry v3.1.1", "/x is 3.1.1, not 2.x"),
        ("2", "registry v2.8.1", "/x is 2.8.1: a large n of /v2/_catalog"),
        ("2", "GNU coreutils", "/x --version says no version: GNU coreutils"),
        ("2", "", "/x --version says no version: nothing"),
    ],
)
def test_versions_are_judged_with_their_reason(version: str, said: str, problem: str) -> None:
    found = version_problems("program", asked("/x", version), said)
    assert len(found) == bool(problem)
    assert problem in "".join(it.message for it in found)
