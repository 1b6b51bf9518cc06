"""The measuring client: curl, over one kept-alive connection, with the password in a configuration on its standard input."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Client:
    """Speaks to one server as one user; `user` is "name:password", "" for none."""

    url: str
    certificate: Path
    user: str = ""

    def get(self, paths: Sequence[str]) -> None:
        """Fetches every path in turn and throws the bytes away; anything but 200 is an error."""
        report = 'output = "/dev/null"\nwrite-out = "%{http_code}\\n"\n'
        blocks = [f'url = "{self.url}{path}"\n{report}{self._common()}' for path in paths]
        self._run("next\n".join(blocks), len(paths))

    def push(self, repository: str, digest: str, layer: Path) -> None:
        """Uploads a layer as Docker does: POST, one streamed PATCH, closing PUT."""
        start = self._request("POST", f"{self.url}/v2/{repository}/blobs/uploads/", "202")
        done = self._request("PATCH", start, "202", f'upload-file = "{layer}"\n')
        joint = "&" if "?" in done else "?"
        self._request("PUT", f"{done}{joint}digest={digest}", "201", 'data = ""\n')

    def put_manifest(self, repository: str, reference: str, manifest: Path, media_type: str) -> None:
        header = f'header = "Content-Type: {media_type}"\n'
        body = f'data-binary = "@{manifest}"\n'
        self._request("PUT", f"{self.url}/v2/{repository}/manifests/{reference}", "201", header + body)

    def _request(self, method: str, url: str, expected: str, more: str = "") -> str:
        """Returns the absolute `Location` of the answer."""
        report = 'output = "/dev/null"\nwrite-out = "%{http_code} %header{location}"\n'
        lines = f'url = "{url}"\nrequest = "{method}"\n{report}{more}{self._common()}'
        status, _, location = self._curl(lines).partition(" ")
        if status != expected:
            raise RuntimeError(f"{method} {url}: {status}, not {expected}")
        return f"{self.url}{location}" if location.startswith("/") else location

    def _run(self, configuration: str, count: int) -> None:
        statuses = self._curl(configuration).split()
        if statuses != ["200"] * count:
            raise RuntimeError(f"not every answer was 200: {sorted(set(statuses))}")

    def _common(self) -> str:
        user = f'user = "{self.user}"\n' if self.user else ""
        accept = 'header = "Accept: application/vnd.oci.image.manifest.v1+json"\n'
        return f'cacert = "{self.certificate}"\nsilent\nshow-error\n{accept}{user}'

    def _curl(self, configuration: str) -> str:
        done = subprocess.run(
            ["curl", "--config", "-"],
            input=configuration,
            text=True,
            capture_output=True,
            timeout=600,
        )
        if done.returncode:
            raise RuntimeError(f"curl: {done.stderr.strip()}")
        return done.stdout
