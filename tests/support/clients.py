"""Clients of registries that are not ours, each with a login and storage of its own below one folder."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.layout import alone_in, digests

PODMAN_POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'


@dataclass
class Client:
    """What every client does. The password goes to its standard input. `host` is what people type, with the port."""

    folder: Path
    host: str
    authority: Path
    program: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, given: str = "", fails: bool = False) -> str:
        done = subprocess.run(
            command,
            input=given,
            env={**os.environ, **self.environment, "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode != 0) == fails, (command, done.stdout, done.stderr)
        return done.stderr if fails else done.stdout

    @property
    def authfile(self) -> str:
        return str(self.folder / "auth.json")

    @property
    def trusted(self) -> str:
        """A folder as `certs.d/HOST` is."""
        folder = self.folder / "certs"
        folder.mkdir(exist_ok=True)
        (folder / "ca.crt").write_bytes(self.authority.read_bytes())
        return str(folder)


class Skopeo(Client):
    def login(self, user: str, password: str, fails: bool = False) -> str:
        options = ("--authfile", self.authfile, "--cert-dir", self.trusted)
        return self.run(
            *(self.program, "login", *options, "-u", user, "--password-stdin", self.host),
            given=password,
            fails=fails,
        )

    def push(self, layout: Path, name: str, target: str, fails: bool = False) -> str:
        return self._copy(f"oci:{layout}:{name}", f"docker://{self.host}/{target}", "dest", fails)

    def pull(self, source: str, name: str) -> str:
        """Gives the digest of what came."""
        layout = self.folder / "pulled"
        self._copy(f"docker://{self.host}/{source}", f"oci:{layout}:{name}", "src")
        return digests(layout)[name]

    def delete(self, target: str, fails: bool = False) -> str:
        options = ("--authfile", self.authfile, "--cert-dir", self.trusted)
        return self.run(self.program, "delete", *options, f"docker://{self.host}/{target}", fails=fails)

    def _copy(self, source: str, target: str, side: str, fails: bool = False) -> str:
        sides = (f"--{side}-authfile", self.authfile, f"--{side}-cert-dir", self.trusted)
        return self.run(
            self.program, "copy", "--all", "--preserve-digests", *sides, source, target, fails=fails
        )


class Crane(Client):
    def login(self, user: str, password: str, fails: bool = False) -> str:
        """Remembers any password; what is wrong with it shows in the first request."""
        self._crane("auth", "login", self.host, "-u", user, "--password-stdin", given=password)
        return self._crane("ls", f"{self.host}/team/none", fails=True) if fails else ""

    def push(self, layout: Path, name: str, target: str, fails: bool = False) -> str:
        """Of a layout crane pushes what is alone in it."""
        alone = self.folder / f"alone-{name}"
        alone_in(layout, name, alone)
        return self._crane("push", str(alone), f"{self.host}/{target}", fails=fails)

    def pull(self, source: str, name: str) -> str:
        """Gives the digest, after every blob was fetched and compared."""
        self._crane("validate", "--remote", f"{self.host}/{source}")
        return self._crane("digest", f"{self.host}/{source}").strip()

    def delete(self, target: str, fails: bool = False) -> str:
        return self._crane("delete", f"{self.host}/{target}", fails=fails)

    def _crane(self, *arguments: str, given: str = "", fails: bool = False) -> str:
        self.environment = {
            "DOCKER_CONFIG": str(self.folder),
            "SSL_CERT_FILE": str(self.authority),
        }
        return self.run(self.program, *arguments, given=given, fails=fails)


class Podman(Client):
    def login(self, user: str, password: str, fails: bool = False) -> str:
        options = ("--authfile", self.authfile, "--cert-dir", self.trusted)
        return self._podman(
            "login", *options, "-u", user, "--password-stdin", self.host, given=password, fails=fails
        )

    def push(self, layout: Path, name: str, target: str, fails: bool = False) -> str:
        options = ("--authfile", self.authfile, "--cert-dir", self.trusted)
        remote = f"docker://{self.host}/{target}"
        if name != "multi":
            image = self._podman("pull", "-q", f"oci:{layout}:{name}").strip()
            return self._podman("push", "-q", "--format", "oci", *options, image, remote, fails=fails)
        self._podman("manifest", "create", "multi")
        for platform in sorted(set(digests(layout)) - {"multi"}):
            self._podman("manifest", "add", "multi", f"oci:{layout}:{platform}")
        return self._podman(
            "manifest", "push", "--all", "--format", "oci", *options, "multi", remote, fails=fails
        )

    def pull(self, source: str, name: str) -> str:
        """Into an empty storage: an image that is there already keeps the digest that it had."""
        self._podman("rmi", "--all", "--force")
        options = ("--authfile", self.authfile, "--cert-dir", self.trusted)
        image = self._podman("pull", "-q", *options, f"{self.host}/{source}").strip()
        return self._podman("inspect", "--format", "{{.Digest}}", image).strip()

    def _podman(self, *arguments: str, given: str = "", fails: bool = False) -> str:
        policy = self.folder / ".config" / "containers" / "policy.json"
        policy.parent.mkdir(parents=True, exist_ok=True)
        policy.write_text(PODMAN_POLICY)
        storage = ("--root", str(self.folder / "storage"), "--runroot", str(self.folder / "run"))
        return self.run(
            self.program, *storage, "--storage-driver", "vfs", *arguments, given=given, fails=fails
        )
