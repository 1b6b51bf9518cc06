"""What NGINX says of the configuration that is laid."""

import os
import subprocess
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, skipped

NAME = "configuration"
SECONDS = 15


def configuration(nginx: str, front: Path) -> Verdict:
    """What is wrong is told here, and not in the log that another check counts errors in."""
    laid = front / "nginx.conf"
    if not nginx:
        return skipped(NAME, "the front stands in a container: `up` looks whether it takes what is laid")
    try:
        private = not os.access(front / "tls/private.key", os.R_OK) and laid.stat().st_uid != os.geteuid()
    except FileNotFoundError:
        return failure(NAME, f"{laid} is missing", "dockyard up")
    except PermissionError:
        private = True
    if private:
        return skipped(NAME, "this user may not read the front's configuration", "sudo dockyard doctor")
    command = [nginx, "-t", "-q", "-e", "stderr", "-c", str(laid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode == 0:
        return ok(NAME, f"{laid}: nginx -t accepts it")
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return failure(NAME, f"nginx -t: {lines[0][:300] if lines else done.returncode}", "dockyard up")
