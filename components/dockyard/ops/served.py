"""The pair that the front serves in place of its first one: a folder each, and one file of NGINX's that names it.

The file is replaced in one step, so that certificate and key always belong together; whatever is killed in between leaves the
former pair, or a front that has not yet been told: the next run tells it.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from dockyard.ops import ports
from dockyard.ops.accounts import give
from dockyard.ops.errors import OpsError
from dockyard.ops.pair import CERTIFICATE, KEY, Pair, examined, leaf
from dockyard.ops.processes import front_master
from dockyard.ops.settings import Settings
from dockyard.ops.unverified import connected

SECONDS, PAUSE = 60.0, 0.1
ABOUT = "about.json"
TRIED = """daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; access_log off;
  server {{ listen unix:{folder}/socket ssl; {lines} }}
}}
"""


def folder(settings: Settings) -> Path:
    return Path(settings.acme["folder"])


def current(settings: Settings) -> Path | None:
    """The folder of the pair that is to be served; None before the first."""
    try:
        name = (folder(settings) / "served.conf").read_text().partition("\n")[0].removeprefix("# ")
    except FileNotFoundError:
        return None
    return folder(settings) / "pairs" / name


def known(settings: Settings) -> Pair | None:
    """The pair to be served, where it is whole, for the name, and of the server that is asked."""
    found = current(settings)
    try:
        if found is None or json.loads((found / ABOUT).read_text()) != about(settings):
            return None
        return examined(found, settings.looks_at["domain"])
    except (OpsError, OSError, ValueError):
        return None


def about(settings: Settings) -> dict[str, str]:
    return {"server": settings.acme["server"], "domain": settings.looks_at["domain"]}


def lay(settings: Settings, certificate: Path, key: Path) -> Pair:
    """Checks the pair and puts it where the next start or reload of NGINX finds it. Raises OpsError; then nothing has changed."""
    pairs = folder(settings) / "pairs"
    _clear(settings, pairs)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=pairs))
    _write(fresh / CERTIFICATE, certificate.read_bytes())
    _write(fresh / KEY, key.read_bytes())
    _write(fresh / ABOUT, json.dumps(about(settings)).encode())
    found = examined(fresh, settings.looks_at["domain"])
    _try(settings, fresh)
    # An NGINX in a container is not root's.
    reader = settings.acme.get("reader", "")
    give(fresh, reader)
    place = pairs / f"{found.serial}-{time.time_ns()}"
    fresh.rename(place)
    _sync(pairs)
    temporary = folder(settings) / ".served.conf.new"
    temporary.unlink(missing_ok=True)
    _write(temporary, f"# {place.name}\n{_lines(place)}\n".encode())
    give(temporary, reader)
    temporary.rename(folder(settings) / "served.conf")
    _sync(folder(settings))
    return found


def tell_front(settings: Settings) -> bool:
    """Has the front load the pair, where it serves another one; whether it had to. Raises OpsError where it does not.

    A front that does not run loads it when it starts.
    """
    place = current(settings)
    master = front_master(settings)
    if place is None or not master:
        return False
    wanted = leaf((place / CERTIFICATE).read_text())
    if serves(settings) == wanted:
        return False
    try:
        os.kill(master, signal.SIGHUP)
    except PermissionError:
        raise OpsError("the front belongs to another user", "run it as root, with sudo") from None
    deadline = time.monotonic() + SECONDS
    while serves(settings) != wanted:
        if time.monotonic() > deadline:
            log = Path(settings.looks_at["logs"]) / "front-error.log"
            raise OpsError("the front goes on with its former certificate", f"tail -n 50 {log}")
        time.sleep(PAUSE)
    _clear(settings, folder(settings) / "pairs")
    return True


def serves(settings: Settings) -> bytes | None:
    """The leaf that a client of the front is shown; None where nobody answers."""
    address = ports.reachable(settings.looks_at["listen"][0])
    try:
        with connected(address, settings.looks_at["domain"], 5) as connection:
            return connection.getpeercert(binary_form=True)
    except OSError:
        return None


def _lines(place: Path) -> str:
    quoted = str(place).replace("\\", "\\\\").replace('"', '\\"')
    return f'ssl_certificate "{quoted}/{CERTIFICATE}"; ssl_certificate_key "{quoted}/{KEY}";'


def _try(settings: Settings, place: Path) -> None:
    """Whether NGINX takes the pair: a key that it finds too weak would keep it from starting.

    One in a container goes on with its former pair then, which `tell_front` finds.
    """
    if settings.containers:
        return
    with tempfile.TemporaryDirectory(prefix="dockyard-") as scratch:
        configuration = Path(scratch) / "nginx.conf"
        configuration.write_text(TRIED.format(folder=scratch, lines=_lines(place)))
        command = [settings.looks_at["nginx"], "-t", "-q", "-e", "stderr", "-c", str(configuration)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise OpsError(f"NGINX does not take the certificate: {said}")


def _clear(settings: Settings, pairs: Path) -> None:
    """Pairs that are served no more, and those that a kill has left."""
    for entry in pairs.iterdir():
        if entry != current(settings):
            shutil.rmtree(entry)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
