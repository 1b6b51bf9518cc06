"""The cases, what is made of them, and test secrets for the files that hold some."""

import datetime
import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from dockyard.provider import x509
from dockyard.self_hosted.bundle import Bundle
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Material, Plan, render
from dockyard.self_hosted.settings import read_settings

FOLDER = Path(__file__).parent
LATER = ("encoding", "precious", "programs", "time_daemons", "container", "containers", "front")
"""Fields that are shown only where they say something."""
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/settings.json"))


@dataclass(frozen=True)
class Case:
    """One case: its settings and its host."""

    name: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def settings(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "settings.json").read_text()))

    @property
    def plan(self) -> Plan:
        facts = HostFacts(**json.loads((self.folder / "facts.json").read_text()))
        return Plan(read_settings(self.settings, self.name), facts, "main")


def alone(name: str) -> bool:
    """Whether the case has no front."""
    return Case(name).plan.alone


def tree(bundle: Bundle, state_dir: str) -> dict[str, str]:
    """Relative path to text: every public file but the scripts, which are copies, and one for the rest of the bundle."""
    files = {
        "tree" + path.replace(state_dir, "/state"): file.content
        for path, file in bundle.files.items()
        if not file.secret and not path.endswith((".py", ".pyz"))
    }
    return {**files, "bundle.json": json.dumps(described(bundle), indent=2, sort_keys=True) + "\n"}


def described(bundle: Bundle) -> dict[str, Any]:
    """The bundle as plain data, without the contents of its files."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if hasattr(value, "__dataclass_fields__"):
            return {
                field.name: plain(getattr(value, field.name))
                for field in fields(value)
                if field.name != "content" and (field.name not in LATER or getattr(value, field.name))
            }
        return value

    described: dict[str, Any] = plain(bundle)
    for entry in (*described["directories"].values(), *described["files"].values()):
        entry["mode"] = f"{entry['mode']:04o}"
    return described


@cache
def material(users: tuple[str, ...]) -> Material:
    """Secrets that any test may know, of the right form. Nobody signs in with them."""
    key = x509.new_key()
    now = datetime.datetime.now(datetime.UTC)
    certificate = x509.authority(x509.Subject("test"), 30, now, key)
    line = "$2a$05$abcdefghijklmnopqrstuuF3fBvVN9JY2y1bQH1mJY5uGqUvYQ1bS"
    return Material(
        htpasswd={user: f"{user}:{line}" for user in users},
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
        private_key=x509.key_pem(key),
        http_secret="test \"quoted' secret\\",
    )


def rendered(case: Case) -> Bundle:
    return render(case.plan)
