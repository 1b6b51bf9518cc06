"""`make lock`: resolves both lock files for every platform, with hashes and without any address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    sys.executable,
    "-m",
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
]
ADDRESSES = ["--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11", "--upgrade"]


def main() -> None:
    """The base holds the build backend too: our own package is installed without build isolation."""
    build = ROOT / "build" / "backend.in"
    build.parent.mkdir(exist_ok=True)
    build.write_text("hatchling\neditables\n")
    for name, more in (
        ("requirements.lock", []),
        ("requirements-dev.lock", ["--group", "dev", "--all-extras"]),
    ):
        command = [*COMPILE, *ADDRESSES, *more, "pyproject.toml", str(build.relative_to(ROOT)), "-o", name]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
