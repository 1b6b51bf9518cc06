"""Calling the agent: its command line, its request, its answer. The request may hold secrets, so it goes by stdin only."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.provider.agent.checks import clean_environment

AGENT = Path(__file__).with_name("agent") / "__main__.py"


def local_command(verb: str) -> list[str]:
    """The agent on this machine."""
    return [sys.executable, "-I", "-S", str(AGENT), verb]


def call_local(verb: str, request: dict[str, Any], held: Sequence[int] = ()) -> dict[str, Any]:
    """One answer of the agent on this machine. Raises DockyardError, ProblemsError.

    held: descriptors of a lock that the agent holds as well. It goes on where whoever called it is killed, and nobody else begins before.
    """
    done = subprocess.run(
        local_command(verb),
        input=json.dumps(request),
        env=clean_environment(),
        capture_output=True,
        pass_fds=held,
        text=True,
        check=False,
    )
    return answer_of(verb, done.stdout, done.stderr)


def answer_of(verb: str, stdout: str, stderr: str) -> dict[str, Any]:
    """What the agent answered. Raises the error that it answered with."""
    try:
        answer: dict[str, Any] = json.loads(stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        # Of a traceback only the kind of the error and its place: the text may repeat what was read.
        lines = [line.strip() for line in stderr.splitlines()]
        places = [line for line in lines if line.startswith("File ")]
        kind = lines[-1].partition(":")[0] if lines else "no answer"
        raise DockyardError(
            f"{verb} on the host failed: {kind} {places[-1] if places else ''}".strip()
        ) from None
    if "error" in answer:
        raise error_of(answer["error"])
    ok: dict[str, Any] = answer["ok"]
    return ok


def error_of(error: dict[str, Any]) -> DockyardError:
    """The error that another process sent."""
    if "problems" in error:
        return ProblemsError(error["subject"], [Problem(*problem) for problem in error["problems"]])
    return DockyardError(error["message"], error["hint"])


def error_as_json(error: DockyardError) -> dict[str, Any]:
    """The error, to be sent."""
    if isinstance(error, ProblemsError):
        return {"subject": error.subject, "problems": [list(problem) for problem in error.problems]}
    return {"message": error.message, "hint": error.hint}
