"""What keeps the services running: supervisord's configuration, or systemd units."""

from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.rendering import render_template
from dockyard.self_hosted.bundle import File, Runtime
from dockyard.self_hosted.programs import Program, keeper, services, services_python
from dockyard.self_hosted.render_ops import OPS
from dockyard.self_hosted.service_name import service_name
from dockyard.self_hosted.timed import timed_programs

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

ALONE = ("confine.py", "keeper.py")
"""Scripts that supervisord's programs are started by."""


def runtime_files(plan: "Plan") -> dict[str, File]:
    root, ops = plan.root_account, f"{plan.paths.etc}/ops"
    files = {f"{ops}/launch.py": File((OPS / "launch.py").read_text(), 0o644, root, root)}
    if plan.runtime is Runtime.SUPERVISOR:
        for name in ALONE:
            files[f"{ops}/{name}"] = File((OPS / name).read_text(), 0o644, root, root)
        files[f"{plan.paths.etc}/supervisord.conf"] = File(_supervisor(plan), 0o644, root, root)
        return files
    for program in timed_programs(plan, "tick"):
        files |= _timer_files(plan, program)
    for program in services(plan):
        files[f"/etc/systemd/system/{program.name}.service"] = File(_unit(plan, program), 0o644, root, root)
    return files


def _supervisor(plan: "Plan") -> str:
    own = [confined(plan, program) for program in (*services(plan), *timed_programs(plan, "keep"))]
    # The keeper starts supervisord again, which has to have all rights.
    programs = [keeper(plan), *own]
    return render_template(
        "supervisor/supervisord.conf.j2",
        user=plan.root_account,
        log=plan.paths.log,
        run=plan.paths.run,
        programs=programs,
    )


def confined(plan: "Plan", program: Program) -> Program:
    """What systemd's units ask for, as far as a process can do it to itself: see `ops/confine.py`."""
    kept = [word for name in program.capabilities for word in ("--keep", name)]
    python, script = services_python(plan), f"{plan.paths.etc}/ops/confine.py"
    return replace(program, command=(python, "-I", "-S", script, *kept, "--", *program.command))


def _unit(plan: "Plan", program: Program) -> str:
    return render_template(
        "systemd/service.j2",
        program=program,
        memory_limit=plan.settings.memory_limit,
        cpu_limit=plan.settings.cpu_limit,
    )


def timed_service(plan: "Plan", group: str) -> str:
    """What runs a group of jobs by the clock: a timer of systemd, a program of supervisord."""
    name = service_name(plan, group)
    return f"{name}.timer" if plan.runtime is Runtime.SYSTEMD else name


def _timer_files(plan: "Plan", program: Program) -> dict[str, File]:
    root, unit = plan.root_account, f"/etc/systemd/system/{program.name}"
    service = render_template("systemd/operations.service.j2", program=program)
    timer = render_template("systemd/operations.timer.j2", program=program)
    return {
        f"{unit}.service": File(service, 0o644, root, root),
        f"{unit}.timer": File(timer, 0o644, root, root),
    }
