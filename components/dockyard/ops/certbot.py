"""certbot, by its command line: it speaks ACME. Folders of its own, no state of the machine, secrets by files alone."""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError
from dockyard.ops.settings import Settings

NAME = "dockyard"
SECONDS = 900
MORE_RUNS = 2
NONCE, REPEATED = "badNonce", "Retrying request after error"
"""An authority may refuse any nonce, and the request is to be repeated then (RFC 8555, 6.5). certbot does so once for each request."""
PROBLEM = re.compile(r'"type":\s*"urn:ietf:params:acme:error:(\w+)",\s*"detail":\s*"((?:[^"\\]|\\.)*)"')
HINTS = {
    "http-01": "the authority asks port 80 of {domain}: look at its DNS (getent hosts {domain}), and at firewalls before this host",
    "dns-01": "the record is made by {auth_hook}: run it by hand with CERTBOT_DOMAIN and CERTBOT_VALIDATION set",
}
LIMITED = "the authority limits how often it is asked: dockyard certificate status"
UNREACHED = "curl -sS -o /dev/null {server}"


class Files(NamedTuple):
    """What certbot has brought."""

    certificate: Path
    key: Path


class Refused(OpsError):
    """No certificate. limited: because of too many requests."""

    def __init__(self, message: str, hint: str, limited: bool = False) -> None:
        super().__init__(message, hint)
        self.limited = limited


def obtain(settings: Settings) -> Files:
    """A new certificate with a new key. Raises Refused with what the authority, or certbot, said."""
    acme = settings.acme
    if not os.access(acme["certbot"], os.X_OK):
        raise OpsError("certbot is not installed", "sudo apt-get install certbot")
    for hook in (acme["auth_hook"], acme["cleanup_hook"]):
        if hook and not os.access(hook, os.X_OK):
            raise OpsError(f"{hook} is missing, or is not executable", f"ls -l {hook}")
    folder = Path(acme["folder"])
    _forget_former(folder / "config")
    with contextlib.suppress(FileNotFoundError):
        # What it says is to be of this run.
        (folder / "logs/letsencrypt.log").replace(folder / "logs/former.log")
    done = _run(settings)
    for _ in range(MORE_RUNS):
        if not done.returncode or not _worth_another(folder):
            break
        done = _run(settings)
    if done.returncode:
        said = _hidden(done.stdout, _variables(settings))
        raise refusal(settings, said, *problem(folder))
    live = folder / "config/live" / NAME
    return Files(live / "fullchain.pem", live / "privkey.pem")


def _worth_another(folder: Path) -> bool:
    """Whether another run may bring what the last one did not."""
    kind, _ = problem(folder)
    if kind == "accountDoesNotExist":
        # The authority has begun anew, as one of your own may: so does the account.
        shutil.rmtree(folder / "config/accounts")
    return kind in ("accountDoesNotExist", NONCE)


def _run(settings: Settings) -> "subprocess.CompletedProcess[str]":
    folder = settings.acme["folder"]
    try:
        return subprocess.run(
            _command(settings),
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            preexec_fn=end_with_parent,
            cwd=folder,
            umask=0o077,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"certbot did not end within {SECONDS} s", f"tail -n 50 {folder}/logs/*.log") from None


def _command(settings: Settings) -> list[str]:
    acme, folder = settings.acme, settings.acme["folder"]
    proof = ["--webroot", "--webroot-path", f"{folder}/challenges", "--preferred-challenges", "http"]
    if acme["challenge"] == "dns-01":
        proof = ["--manual", "--preferred-challenges", "dns", "--manual-auth-hook", acme["auth_hook"]]
        proof += ["--manual-cleanup-hook", acme["cleanup_hook"]] if acme["cleanup_hook"] else []
    mail = ["--email", acme["email"]] if acme["email"] else ["--register-unsafely-without-email"]
    return [
        *(acme["certbot"], "certonly", "--non-interactive", "--agree-tos", "--no-eff-email", *mail),
        *("--config", acme["binding"], "--server", acme["server"]),
        *("--config-dir", f"{folder}/config", "--work-dir", f"{folder}/work", "--logs-dir", f"{folder}/logs"),
        *("--cert-name", NAME, "--domain", settings.looks_at["domain"], "--force-renewal"),
        *("--key-type", "ecdsa", "--elliptic-curve", "secp256r1", "--no-directory-hooks"),
        *("--max-log-backups", "5", *proof),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """Hooks get it too."""
    trusted = settings.acme["trusted_ca"]
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": settings.acme["folder"],
        "LC_ALL": "C.UTF-8",
        **_variables(settings),
        **({"REQUESTS_CA_BUNDLE": trusted} if trusted else {}),
    }


def _variables(settings: Settings) -> dict[str, str]:
    lines = Path(settings.acme["environment"]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _forget_former(config: Path) -> None:
    """Only accounts last: what a killed certbot has left half done would keep the next one from working."""
    with contextlib.suppress(FileNotFoundError):
        for entry in config.iterdir():
            if entry.name == "accounts":
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def problem(folder: Path) -> tuple[str, str]:
    """Kind and words of what the authority has refused last: some versions of certbot lose them, but for their log."""
    with contextlib.suppress(OSError):
        text = (folder / "logs/letsencrypt.log").read_text(errors="replace")
        found: list[tuple[str, str]] = PROBLEM.findall(text)
        if others := [match for match in found if match[0] != NONCE]:
            return others[-1]
        return found[-1] if len(found) > text.count(REPEATED) else ("", "")
    return "", ""


def refusal(settings: Settings, said: str, kind: str = "", words: str = "") -> Refused:
    """One sentence: what the authority said of the name, else where certbot ended. kind, words: the authority's problem."""
    values = {**settings.acme, "domain": settings.looks_at["domain"]}
    if kind == "rateLimited":
        return Refused(f"the authority limits requests: {words}"[:600], LIMITED, limited=True)
    hook = re.search(r"^Hook '(\S+)'.* reported error code (\d+)", said, re.M)
    details = [f"{hook[1].removeprefix('--')} ended with {hook[2]}"] if hook else []
    details += [found.strip() for found in re.findall(r"^\s*Detail:(.*)$", said, re.M)]
    if details:
        hint = HINTS[settings.acme["challenge"]].format_map(values)
        return Refused(f"{values['domain']} was not proven: {'; '.join(details)}"[:600], hint)
    told = f"{kind}: {words}" if kind else _last(said)
    return Refused(f"no certificate from {values['server']}: {told}"[:600], UNREACHED.format_map(values))


def _last(said: str) -> str:
    """The line that says most: what follows "An unexpected error occurred", else the last that is no advice."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for number, line in enumerate(lines[:-1]):
        if line.startswith("An unexpected error occurred"):
            return lines[number + 1][:400]
    advice = ("Ask for help", "See the logfile", "Saving debug log")
    rest = [line for line in lines if not line.startswith(advice)]
    return rest[-1][:400] if rest else "it said nothing"


def _hidden(text: str, variables: dict[str, str]) -> str:
    """A hook may print what it was given."""
    for value in sorted(variables.values(), key=len, reverse=True):
        if len(value) >= 4:
            text = text.replace(value, "***")
    return text
