"""The setting `backup`: where images are copied to, how often, and what is kept."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader
from dockyard.self_hosted.storage import storage_problem
from dockyard.self_hosted.variables import read_variables

_REMOTE = re.compile(r"(s3|sftp|rest|b2|azure|gs|swift|rclone):\S+")
_REFUSED = ("RESTIC_REPOSITORY", "RESTIC_PASSWORD")
_DAY = 86400


@dataclass(frozen=True)
class Backup:
    """Backups of one registry. The password and the environment are secrets and no settings."""

    repository: str | None = None
    """restic's address; None for a folder beside the images."""
    own_password: bool = False
    """Whether a password was given: else one is generated."""
    keep: tuple[tuple[str, int], ...] = ()
    every: tuple[tuple[str, int], ...] = ()
    """Job to seconds; 0 for never."""

    @property
    def local(self) -> bool:
        """Whether the repository is a folder of the host."""
        return self.repository is None or self.repository.startswith("/")


def read_backup(settings: Reader) -> Backup | None:
    """None where there shall be none."""
    value = settings.get("backup")
    if value is None:
        return None
    reader = Reader(value, settings.problems, "backup")
    enabled = reader.boolean("enabled", True)
    keep = (("daily", 7), ("weekly", 5), ("monthly", 12))
    backup = Backup(
        repository=_repository(reader),
        own_password=bool(_password(reader)),
        keep=tuple((unit, reader.integer(f"keep_{unit}", count, 0, 1000)) for unit, count in keep),
        every=(
            ("backup", reader.integer("every_hours", 24, 0, 24 * 31) * 3600),
            ("check", reader.integer("check_every_days", 7, 0, 366) * _DAY),
            ("drill", reader.integer("drill_every_days", 30, 0, 366) * _DAY),
        ),
    )
    read_variables(reader, "environment", _REFUSED, "use `repository` and `password`")
    reader.finish()
    return backup if enabled else None


def _repository(reader: Reader) -> str | None:
    address = reader.text("repository")
    if not address:
        return None
    if address.startswith("/"):
        if message := storage_problem(address):
            reader.problem("repository", message, "a folder of its own, such as /mnt/backup/registry")
    elif not _REMOTE.fullmatch(address):
        hint = "an absolute path, or an address of restic's: s3:, sftp:, rest:, b2:, azure:, gs:, swift:, rclone:"
        reader.problem("repository", "is no address of restic's", hint)
    return address


def _password(reader: Reader) -> str:
    password = reader.text("password")
    if password and ("\n" in password or len(password) < 16):
        reader.problem(
            "password", "must be one line of at least 16 characters", "leave it out for a generated one"
        )
    return password
