"""The configuration that `dockyard up` has written for one instance: `python3 ops.pyz COMMAND --config FILE`."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.ops.errors import OpsError

TREE = "docker/registry/v2"
"""What registry:2 makes in its root directory: `blobs` and `repositories`."""


@dataclass(frozen=True)
class Settings:
    """One instance, as the operations see it. Times are in seconds; 0 switches a job of the timer off."""

    instance: str
    store: Path
    """The registry's root directory."""
    state: Path
    """The folder of these operations: lock, last results, scratch space."""
    read_only: Path
    """While this file exists, the front answers writes with 503."""
    run_file: Path
    """Where the registry's launcher remembers its process."""
    registry: str
    """The registry's program."""
    account: str
    """Who runs backups and drills; "" where everything belongs to one user."""
    owner: str
    """Who owns the store; "" likewise."""
    repository_file: Path
    password_file: Path
    environment_file: Path
    keep: dict[str, int]
    """daily, weekly, monthly -> so many snapshots."""
    every: dict[str, int]
    """Job -> seconds between two runs, of those that are run by the clock."""
    backs_up: bool = True
    """Whether there are backups; where there are none, restic and its files are not on the host either."""
    retention: list[dict[str, Any]] | None = None
    """Rules as `expiry.Rule` has them; None where nothing expires."""
    scrub_rate: int = 50 << 20
    """Bytes a second that a scrub reads."""
    full: Path = Path("/nonexistent")
    """While this file exists, the front refuses new uploads with 507."""
    reserve_percent: int = 0
    """The share of the store's disk that uploads may not take; 0 where `reserve_bytes` says it."""
    reserve_bytes: int = 0
    firewall_file: Path = Path("/nonexistent")
    """Rules as `nft -f` reads them."""
    firewall_table: str = ""
    """The name of their table; "" where there is no firewall."""
    firewall_confirm_seconds: int = 0
    """New rules are taken back unless they are confirmed within so many seconds; 0 for rules that stay."""
    nft: str = ""
    containers: dict[str, str] = field(default_factory=dict)
    """Of services that Docker runs: the configuration that names their processes, and `file`, the compose.yaml."""
    host: str = ""
    """What clients type: the domain, with the port where it is needed."""
    reads_only: bool = False
    """Whether the front refuses every write because the settings say so."""
    pages: Path = Path("/nonexistent")
    """Where the front finds the status pages."""
    readers_file: Path = Path("/nonexistent")
    """What each page shows: its name -> patterns of repositories, null for all; missing where there are no pages."""
    logs: Path = Path("/nonexistent")
    """The folder of the front's logs."""
    front_run_file: Path = Path("/nonexistent")
    """Where the front's launcher remembers its process."""
    audit_keep_days: int = 0
    """How long what was put aside of a log is kept; 0 where logs are not looked after."""
    audit_max_bytes: int = 0
    """The most that a log may take, with all that was put aside of it."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """What the service of metrics needs, as `render_metrics` writes it; empty where there is none."""
    closing: dict[str, str] = field(default_factory=dict)
    """What Traefik is closed by: the path of a file, and its text; empty with NGINX, which looks at `read_only` itself."""
    acme: dict[str, Any] = field(default_factory=dict)
    """How a certificate is obtained, as `render_acme` writes it; empty where the stack brings it."""
    alone: bool = False
    """Whether there is no front: then the registry itself refuses writes while `read_only` exists."""
    looks_at: dict[str, Any] = field(default_factory=dict)
    """Places that the doctor looks at, as `render_doctor` writes them."""

    @property
    def tree(self) -> Path:
        return self.store / TREE

    @property
    def scratch(self) -> Path:
        return self.state / "scratch"


PATHS = (
    "store",
    "state",
    "read_only",
    "full",
    "firewall_file",
    "pages",
    "readers_file",
    "run_file",
    "logs",
    "front_run_file",
    "repository_file",
    "password_file",
    "environment_file",
)


def load(path: Path) -> Settings:
    """Reads the file. Raises OpsError where that cannot be done."""
    try:
        return settings_of(path.read_text())
    except PermissionError:
        raise OpsError(f"{path}: may not be read by this user", "run it as root, with sudo") from None
    except (OSError, ValueError, TypeError) as error:
        kind = getattr(error, "strerror", None) or type(error).__name__
        raise OpsError(f"{path}: cannot be read: {kind}", "run `dockyard up` again") from None


def settings_of(text: str) -> Settings:
    """Raises ValueError or TypeError for a text that is no configuration."""
    read: dict[str, Any] = json.loads(text)
    values: dict[str, Any] = {key: Path(it) if key in PATHS else it for key, it in read.items()}
    return Settings(**values)
