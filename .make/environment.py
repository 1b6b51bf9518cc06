"""Makes `.venv`: `python3 .make/environment.py [--dev]`. Standard library only, any Python 3.

Packages and their hashes come from requirements.lock (requirements-dev.lock with --dev); `uv` installs them where
it is at hand, pip otherwise. Does nothing where the environment already fits. Killed half-way, it starts over at
the next call; called twice at once, the second waits for the first.
"""

import contextlib
import fcntl
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
FOR_UV = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}
"""What uv calls the settings of pip that say where packages come from."""


def main(arguments):
    with one_at_a_time():
        make(ROOT / ("requirements-dev.lock" if "--dev" in arguments else "requirements.lock"))


@contextlib.contextmanager
def one_at_a_time():
    """The lock goes with the process, however it ends."""
    folder = os.open(str(Path(__file__).resolve().parent), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def make(lock):
    if fits(lock):
        return
    python = find_python()
    print(f"environment: .venv by {python}, packages of {lock.name}", flush=True)
    if STAMP.is_file() and place() in STAMP.read_text().split() and not dangling():
        STAMP.unlink()
    else:
        shutil.rmtree(str(VENV), ignore_errors=True)
        make_venv(python)
    install(lock)
    # The packages of the base are among those for development.
    held = {lock, ROOT / "requirements.lock"}
    replace(STAMP, "\n".join([place(), *(digest(path) for path in sorted(held))]) + "\n")


def fits(lock):
    """Whether the environment is whole, holds the packages of the lock file, and its Python is still there."""
    return STAMP.is_file() and digest(lock) in STAMP.read_text().split() and not dangling()


def dangling():
    """An environment names the Python that made it by a link; an upgrade may have removed that one."""
    python = VENV / "bin" / "python"
    return python.is_symlink() and not python.exists()


def place():
    """Names the folder: an environment's scripts hold its path, so that one that was moved does not run."""
    return "at:" + hashlib.sha256(str(VENV).encode()).hexdigest()


def digest(lock):
    """What the environment is made of: the lock file, our own package's metadata, and where it stands."""
    sha = hashlib.sha256(place().encode())
    for path in (lock, ROOT / "pyproject.toml"):
        sha.update(path.read_bytes())
    return f"{lock.name}:{sha.hexdigest()}"


def find_python():
    """The newest Python on PATH that we support. Asks each: a name may lead to a shim that does not run."""
    found = []
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3"]
    for name in names:
        path = shutil.which(name)
        version = path and version_of(path)
        if not version:
            continue
        if version >= OLDEST:
            return path
        found.append("{} ({}.{})".format(path, *version))
    fail(
        "no Python {}.{} or newer on PATH; found: {}".format(*OLDEST, ", ".join(found) or "none"),
        "apt-get install python3.11 python3.11-venv, or any newer Python 3",
    )


def version_of(python):
    """Major and minor, or None where it does not run."""
    command = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return None if answer.returncode else tuple(int(part) for part in answer.stdout.split())


def make_venv(python):
    if shutil.which("uv"):
        # --seed: the Pulumi CLI asks the environment's pip which packages it holds.
        run(["uv", "venv", "--quiet", "--seed", "--python", python, str(VENV)])
        return
    if not has_ensurepip(python):
        install_ensurepip(python)
    run([python, "-m", "venv", str(VENV)])


def has_ensurepip(python):
    asked = subprocess.run([python, "-c", "import ensurepip"], stderr=subprocess.DEVNULL, check=False)
    return asked.returncode == 0


def install_ensurepip(python):
    """Debian and Ubuntu ship Python without ensurepip: it comes in a package of its own."""
    asked = [python, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"]
    package = subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout.decode().strip() + "-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        message = f"{python} cannot make environments: its ensurepip is missing"
        fail(message, f"sudo apt-get install {package}")
    print(f"environment: installing {package}", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update", "-qq"], environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], environment)


def install(lock):
    environment = dict(os.environ)
    python = str(VENV / "bin" / "python")
    if shutil.which("uv"):
        pip = ["uv", "pip", "install", "--quiet", "--python", python]
        for of_pip, of_uv in FOR_UV.items():
            if of_pip in environment:
                environment.setdefault(of_uv, environment[of_pip])
    else:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        if os.geteuid() == 0:
            # This environment is nobody else's: pip's warning about root does not apply.
            environment.setdefault("PIP_ROOT_USER_ACTION", "ignore")
    run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)], environment)
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], environment)


def run(command, environment=None):
    done = subprocess.run(command, env=environment, check=False)
    if done.returncode:
        message = "failed with exit code {}: {}".format(done.returncode, " ".join(command))
        fail(
            message,
            "the lines above say why (packages are downloaded: is there a network?); then run it again",
        )


def replace(path, text):
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    os.replace(str(temporary), str(path))


def fail(message, hint):
    print(f"{message}\nhint: {hint}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
