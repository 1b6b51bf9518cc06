"""The registry's own `garbage-collect`, on a store that nothing else writes to."""

import json
import os
import subprocess
from pathlib import Path

from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError

LINES = 3
TRIES = 2
"""registry 3.1 fails once after a push by sha512, and has done its work."""


def run(program: str, root: Path, held: tuple[int, ...]) -> None:
    """Removes the blobs that no manifest names, with a tag or without: so children of indexes and referrers stay.

    held: descriptors that it keeps open while it runs. Raises OpsError with its last words.
    """
    for _ in range(TRIES):
        code, last = _once(program, root, held)
        if code == 0:
            return
    raise OpsError("\n    ".join([f"{program} garbage-collect ended with exit code {code}:", *last]))


def _once(program: str, root: Path, held: tuple[int, ...]) -> tuple[int, list[str]]:
    configuration = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(root)}, "delete": {"enabled": True}},
    }
    with os.fdopen(os.memfd_create("registry.yml"), "w") as file:
        file.write(json.dumps(configuration))
        file.flush()
        done = subprocess.run(
            [program, "garbage-collect", f"/proc/self/fd/{file.fileno()}"],
            pass_fds=(file.fileno(), *held),
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            preexec_fn=end_with_parent,
            check=False,
        )
    lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Usage")]
    return done.returncode, lines[-LINES:]
