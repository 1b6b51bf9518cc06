"""The agent as one file, which is sent to a host that has not got it."""

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dockyard.packing import packed

PACKAGE = Path(__file__).parent.parent
SINGLE = ("errors.py", "ops/launch.py", "provider/worker_lock.py", "self_hosted/bundle.py")
"""What it uses beside its own folder."""
PACKAGES = ("", "ops/", "provider/", "self_hosted/")
MAIN = "import sys\n\nfrom dockyard.provider.agent.far import main\n\nsys.exit(main())\n"
BOOTSTRAP = (PACKAGE / "remote" / "bootstrap.py").read_text()


class Agent(NamedTuple):
    """The file, and the name that its content gives it."""

    content: bytes
    digest: str


@cache
def agent() -> Agent:
    names = [*SINGLE, *(f"provider/agent/{path.name}" for path in (PACKAGE / "provider/agent").glob("*.py"))]
    content = packed(
        {
            "__main__.py": MAIN.encode(),
            **{f"dockyard/{package}__init__.py": b"" for package in PACKAGES},
            **{f"dockyard/{name}": (PACKAGE / name).read_bytes() for name in sorted(names)},
        }
    )
    return Agent(content, hashlib.sha256(content).hexdigest())
