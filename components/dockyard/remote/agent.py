"""The agent as one file, which is sent to a host that has not got it."""

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dockyard.packing import packed

PACKAGE = Path(__file__).parent.parent
SINGLE = (
    "errors.py",
    "provider/worker_lock.py",
    "self_hosted/bundle.py",
    "self_hosted/choice.py",
    "self_hosted/docker.py",
    "self_hosted/engine.py",
)
FOLDERS = ("ops", "provider/agent")
"""What it uses, whole: an upgrade looks at images as the operations do."""
PACKAGES = ("", "ops/", "provider/", "self_hosted/")
MAIN = "import sys\n\nfrom dockyard.provider.agent.far import main\n\nsys.exit(main())\n"
BOOTSTRAP = (PACKAGE / "remote" / "bootstrap.py").read_text()


class Agent(NamedTuple):
    """The file, and the name that its content gives it."""

    content: bytes
    digest: str


@cache
def agent() -> Agent:
    files = [path for folder in FOLDERS for path in (PACKAGE / folder).iterdir() if path.is_file()]
    names = {*SINGLE, *(str(path.relative_to(PACKAGE)) for path in files)}
    content = packed(
        {
            "__main__.py": MAIN.encode(),
            **{f"dockyard/{name}": (PACKAGE / name).read_bytes() for name in sorted(names)},
            **{f"dockyard/{package}__init__.py": b"" for package in PACKAGES},
        }
    )
    return Agent(content, hashlib.sha256(content).hexdigest())
