"""Programs of the operator's, such as hooks: looked for before anything is changed."""

from pathlib import Path

from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.preflight import problems_before
from dockyard.self_hosted.bundle import Bundle, Directory, Requirement, Runtime


def test_a_program_that_is_missing_or_not_executable_is_named_with_what_to_do(tmp_path: Path):
    there, plain = tmp_path / "hook", tmp_path / "plain"
    for path, mode in ((there, 0o755), (plain, 0o644)):
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)
    programs = (str(there), str(plain), f"{tmp_path}/none")
    bundle = Bundle(
        Runtime.SUPERVISOR,
        directories={f"{tmp_path}/etc": Directory(0o755)},
        requires=Requirement(programs=programs),
    )
    found = problems_before(Plan("host-x", bundle), [])
    assert [(it.path, it.message) for it in found] == [
        ("requires/programs", f"{plain} is not executable"),
        ("requires/programs", f"{tmp_path}/none is missing"),
    ]
    assert found[1].hint == f"put the program there, then: chmod 755 {tmp_path}/none"
