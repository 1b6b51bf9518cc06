"""Makes `.venv`: `python3 .make/environment.py [--dev]`. Standard library only, any Python 3.

Packages and their hashes come from requirements.lock (requirements-dev.lock with --dev); `uv` installs them where
it is at hand, pip otherwise. Does nothing where the environment already fits. Killed half-way, it starts over at
the next call.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "dockyard.stamp"
OLDEST = (3, 11)
NEWEST = (3, 14)


def main(arguments):
    lock = ROOT / ("requirements-dev.lock" if "--dev" in arguments else "requirements.lock")
    wanted = digest(lock)
    if STAMP.is_file() and wanted in STAMP.read_text().split():
        return
    python = find_python()
    print(f"environment: .venv by {python}, packages of {lock.name}", flush=True)
    if not STAMP.is_file():
        shutil.rmtree(VENV, ignore_errors=True)
        make_venv(python)
    install(lock)
    have = (
        [wanted]
        if not lock.name.startswith("requirements-dev")
        else [wanted, digest(ROOT / "requirements.lock")]
    )
    replace(STAMP, "\n".join(have) + "\n")


def digest(lock):
    """What the environment is made of: the lock file, and the metadata of our own package."""
    sha = hashlib.sha256()
    for path in (lock, ROOT / "pyproject.toml"):
        sha.update(path.read_bytes())
    return f"{lock.name}:{sha.hexdigest()}"


def find_python():
    """The newest Python on PATH that we support. Asks each: a name may lead to a shim that does not run."""
    found = []
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3"]
    for name in names:
        path = shutil.which(name)
        if not path:
            continue
        answer = subprocess.run(
            [path, "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            continue
        version = tuple(int(part) for part in answer.stdout.split())
        found.append(f"{path} ({version[0]}.{version[1]})")
        if version >= OLDEST:
            return path
    fail(
        f"no Python {OLDEST[0]}.{OLDEST[1]} or newer on PATH; found: {', '.join(found) or 'none'}",
        "apt-get install python3.11 python3.11-venv, or any newer Python 3",
    )


def make_venv(python):
    if shutil.which("uv"):
        run(["uv", "venv", "--quiet", "--python", python, str(VENV)])
        return
    if not has_ensurepip(python):
        install_ensurepip(python)
    run([python, "-m", "venv", str(VENV)])


def has_ensurepip(python):
    return (
        subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0
    )


def install_ensurepip(python):
    """Debian and Ubuntu ship Python without ensurepip: it comes in a package of its own."""
    version = subprocess.run(
        [python, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    package = f"{version}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail(
            f"{python} cannot make environments: its ensurepip is missing", f"sudo apt-get install {package}"
        )
    print(f"environment: installing {package}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], environment)


def install(lock):
    python = str(VENV / "bin" / "python")
    if shutil.which("uv"):
        pip = ["uv", "pip", "install", "--quiet", "--python", python]
    else:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)])
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def run(command, environment=None):
    done = subprocess.run(command, env=environment, check=False)
    if done.returncode:
        fail(
            f"failed with exit code {done.returncode}: {' '.join(command)}",
            "the lines above say why; then run it again",
        )


def replace(path, text):
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    os.replace(temporary, path)


def fail(message, hint):
    print(f"{message}\nhint: {hint}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
