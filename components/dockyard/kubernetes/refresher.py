"""The settings of the CronJob that renews pull secrets."""

import re
from dataclasses import dataclass
from typing import Any

from dockyard.kubernetes.cron import longest_pause
from dockyard.kubernetes.kinds import (
    USERS,
    read_audience,
    read_entra_id,
    read_kind,
    read_region,
    read_role,
    read_role_arn,
    refuse_foreign,
)
from dockyard.kubernetes.kubelet import AUDIENCES
from dockyard.kubernetes.names import read_host, read_namespace
from dockyard.kubernetes.target import Target, read_target
from dockyard.reader import Reader

_IMAGE = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
# The name of a CronJob is at most 52 characters long, and "-refresher" is part of it.
_LONGEST_NAME = 42
_SCHEDULES = {"ecr": ("17 */4 * * *", 360), "acr": ("7 * * * *", 90), "gar": ("*/15 * * * *", 30)}
_METADATA_SCHEDULE = ("*/3 * * * *", 3)


@dataclass(frozen=True)
class Refresher:
    """What each setting means, `dockyard.kubernetes.args` says. `Any`: perhaps known during the deployment only.

    region: None where it follows from `host`, which is not known yet. token_audience: of the token that the pod identifies itself
    with; None where the cluster gives it an identity.
    """

    kind: str
    host: Any
    image: str
    target: Target
    namespace: str
    schedule: str
    region: Any = None
    role_arn: Any = None
    client_id: Any = None
    tenant_id: Any = None
    audience: Any = None
    first_run: bool = True
    token_audience: Any = None
    role: str = ""

    @property
    def name(self) -> str:
        """Of the CronJob and what belongs to it."""
        return f"{self.target.secret}-refresher"

    @property
    def deadline_seconds(self) -> int:
        """How long a run may take; a run that hangs must not keep the next one back until the token is dead."""
        return 300 if self.kind != "gar" or self.audience is not None else 170

    @property
    def user(self) -> str:
        """The user name that goes with the tokens."""
        return USERS[self.kind]


def read_refresher(reader: Reader, labels: dict[str, str]) -> Refresher:
    """Collects what is wrong with it in the reader."""
    kind = read_kind(reader)
    refuse_foreign(
        reader, kind, ecr=("role_arn", "region"), acr=("client_id", "tenant_id"), gar=("audience",)
    )
    target = read_target(reader, labels, _LONGEST_NAME)
    host = read_host(reader)
    role_arn, audience = read_role_arn(reader), read_audience(reader)
    found = Refresher(
        kind,
        host,
        _image(reader),
        target,
        read_namespace(reader, "namespace", min(target.namespaces, default="default")),
        _schedule(reader, kind, audience),
        read_region(reader, host) if kind == "ecr" else None,
        role_arn,
        read_entra_id(reader, "client_id") if kind == "acr" else None,
        read_entra_id(reader, "tenant_id") if kind == "acr" else None,
        audience,
        reader.boolean("first_run", True),
        _token_audience(kind, role_arn, audience),
        read_role(reader, kind),
    )
    reader.finish()
    return found


def _token_audience(kind: str, role_arn: Any, audience: Any) -> Any:
    if kind == "gar":
        return audience
    return None if kind == "ecr" and role_arn is None else AUDIENCES.get(kind)


def _image(reader: Reader) -> str:
    image = reader.text("image")
    if not image:
        reader.problem("image", "is required", "NAME@sha256:…, so that nobody else can change what runs")
    elif not _IMAGE.fullmatch(image):
        hint = "skopeo inspect --format '{{.Digest}}' docker://NAME:TAG tells the digest"
        reader.problem("image", f"must be named by digest, NAME@sha256:…, got {image!r}", hint)
    return image


def _schedule(reader: Reader, kind: str, audience: Any) -> str:
    default, longest = _SCHEDULES.get(kind, _SCHEDULES["ecr"])
    if kind == "gar" and audience is None:
        default, longest = _METADATA_SCHEDULE
    schedule = reader.text("schedule", default)
    try:
        pause = longest_pause(schedule)
    except ValueError as error:
        reader.problem("schedule", str(error), f"{default!r}, for example")
        return schedule
    if pause > longest:
        hint = f"tokens must be renewed at least every {longest} minutes: {default!r}"
        reader.problem("schedule", f"pauses for {pause} minutes", hint)
    return schedule
