"""What the host needs to operate the registry: the operations as one zipapp, their configuration, and where they keep things."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dockyard.ops
from dockyard.packing import packed
from dockyard.self_hosted.backup import Backup
from dockyard.self_hosted.bundle import Account, Directory, File
from dockyard.self_hosted.firewall import rules, table_name
from dockyard.self_hosted.render_acme import (
    acme_configuration,
    acme_directories,
    acme_files,
    acme_of,
    acme_periods,
    acme_secret_owners,
)
from dockyard.self_hosted.render_doctor import containers_named, looked_at
from dockyard.self_hosted.render_metrics import metrics_accounts, metrics_configuration
from dockyard.self_hosted.render_traefik import closing
from dockyard.self_hosted.retention import plain
from dockyard.self_hosted.status import status_configuration, status_directories, status_files

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

OPS = Path(dockyard.ops.__path__[0])
BACKUP_ACCOUNT = "dockyard-backup"
NFT = "/usr/sbin/nft"
ALONE = ("__init__.py", "confine.py", "keeper.py")
"""What is no part of the zipapp."""
MAIN = "import sys\n\nfrom dockyard.ops.main import main\n\nsys.exit(main())\n"


@cache
def zipapp() -> str:
    """The operations as base64 of a zip that Python runs. The same sources give the same bytes: no dates, no compression."""
    files = sorted([*OPS.glob("*.py"), *OPS.glob("*.json")])
    sources = {path.name: path.read_bytes() for path in files if path.name not in ALONE}
    # A package in a zip needs its own file, empty as it is here.
    packages = {"dockyard/__init__.py": b"", "dockyard/ops/__init__.py": b""}
    entries = {f"dockyard/ops/{name}": source for name, source in sources.items()}
    return base64.encodebytes(packed({"__main__.py": MAIN.encode(), **packages, **entries})).decode()


def backup_account(plan: "Plan") -> str | None:
    """Who runs backups on a host that is configured as root: reads the images, and nobody else reads the repository."""
    return BACKUP_ACCOUNT if plan.facts.root else None


def ops_accounts(plan: "Plan") -> tuple[Account, ...]:
    account, registry = backup_account(plan), plan.registry_account
    if account is None or registry is None:
        return ()
    return (Account(account, (registry,)), *metrics_accounts(plan))


def ops_packages(plan: "Plan") -> tuple[str, ...]:
    settings = plan.settings
    wanted = {"restic": settings.backup, "nftables": settings.firewall, "certbot": acme_of(plan)}
    return tuple(name for name, there in wanted.items() if there)


def ops_binaries(plan: "Plan") -> tuple[str, ...]:
    settings = plan.settings
    wanted = {"/usr/bin/restic": settings.backup, NFT: settings.firewall, plan.facts.certbot: acme_of(plan)}
    return tuple(path for path, there in wanted.items() if there)


def ops_directories(plan: "Plan") -> dict[str, Directory]:
    account = backup_account(plan)
    return {
        state(plan): Directory(0o750, account, plan.registry_account),
        **{path: Directory(0o700, account, account, precious=True) for path in local_repository(plan)},
        **status_directories(plan),
        **acme_directories(plan),
    }


def ops_files(plan: "Plan") -> dict[str, File]:
    account, root = backup_account(plan), plan.root_account
    secret = File("", 0o600, account, account, secret=True)
    secrets = ("repository", "password", "environment") if plan.settings.backup else ()
    configuration = json.dumps(_configuration(plan), indent=1, sort_keys=True) + "\n"
    firewall, port = plan.settings.firewall, plan.settings.port
    own = {firewall_file(plan): rules(firewall, plan.instance, port)} if firewall else {}
    return {
        application(plan): File(zipapp(), 0o644, root, root, encoding="base64"),
        config(plan): File(configuration, 0o644, root, root),
        **{path: File(text, 0o644, root, root) for path, text in own.items()},
        **status_files(plan),
        **{f"{plan.paths.etc}/ops/{name}": secret for name in secrets},
        **acme_files(plan),
    }


def ops_secrets(plan: "Plan", password: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Path to content of the secret files."""
    backup, folder = plan.settings.backup, f"{plan.paths.etc}/ops"
    if backup is None:
        return {}
    return {
        f"{folder}/repository": repository(plan, backup) + "\n",
        f"{folder}/password": password + "\n",
        f"{folder}/environment": "".join(f"{name}={environment[name]}\n" for name in sorted(environment)),
    }


def application(plan: "Plan") -> str:
    return f"{plan.paths.etc}/ops/ops.pyz"


def config(plan: "Plan") -> str:
    return f"{plan.paths.etc}/ops/config.json"


def state(plan: "Plan") -> str:
    """Lock, last results and scratch space of the operations."""
    return f"{plan.paths.data}/ops"


def local_repository(plan: "Plan") -> tuple[str, ...]:
    """The repository's folder, where it is one of this host."""
    backup = plan.settings.backup
    return (repository(plan, backup),) if backup and backup.local else ()


def repository(plan: "Plan", backup: Backup) -> str:
    return backup.repository or f"{plan.paths.data}/backup"


def periods(plan: "Plan") -> dict[str, int]:
    """Job to seconds between two runs; 0, and what is left out, for never."""
    backup = plan.settings.backup
    upkeep = {**dict(plan.settings.upkeep), "scrub": plan.settings.scrub.every}
    return {**dict(backup.every if backup else ()), **upkeep, **acme_periods(plan)}


def firewall_file(plan: "Plan") -> str:
    return f"{plan.paths.etc}/ops/firewall.nft"


def firewall_configuration(plan: "Plan") -> dict[str, object]:
    firewall = plan.settings.firewall
    if firewall is None:
        return {}
    return {
        "firewall_file": firewall_file(plan),
        "firewall_table": table_name(plan.instance),
        "firewall_confirm_seconds": firewall.confirm_seconds,
        "nft": NFT,
    }


def _secret_owners(plan: "Plan") -> dict[str, str]:
    names = ("repository", "password", "environment") if plan.settings.backup else ()
    own = {f"{plan.paths.etc}/ops/{name}": backup_account(plan) or "" for name in names}
    return {**own, **acme_secret_owners(plan)}


def _logs(plan: "Plan") -> dict[str, object]:
    audit = plan.settings.audit
    return {
        "logs": plan.paths.log,
        "audit_keep_days": audit.keep_days,
        "audit_max_bytes": audit.max_bytes,
    }


def _configuration(plan: "Plan") -> dict[str, object]:
    """As `dockyard.ops.settings` reads it."""
    backup, paths, folder, rules = (
        plan.settings.backup,
        plan.paths,
        f"{plan.paths.etc}/ops",
        plan.settings.retention,
    )
    return {
        "instance": plan.instance,
        "store": paths.store,
        "state": state(plan),
        "read_only": paths.read_only,
        "full": paths.full,
        "reserve_percent": plan.settings.reserve.percent,
        "reserve_bytes": plan.settings.reserve.bytes,
        **firewall_configuration(plan),
        **status_configuration(plan),
        **acme_configuration(plan),
        "run_file": f"{paths.run}/registry/launch",
        "front_run_file": f"{paths.run}/front/launch",
        **_logs(plan),
        "alone": plan.alone,
        "metrics": metrics_configuration(plan),
        "registry": plan.registry_program,
        "account": backup_account(plan) or "",
        "owner": plan.registry_account or "",
        "containers": containers_named(plan),
        **closing(plan),
        "repository_file": f"{folder}/repository",
        "password_file": f"{folder}/password",
        "environment_file": f"{folder}/environment",
        "keep": dict(backup.keep if backup else ()),
        "every": periods(plan),
        "backs_up": backup is not None,
        "scrub_rate": plan.settings.scrub.rate,
        "retention": None if rules is None else plain(rules),
        "looks_at": looked_at(plan, _secret_owners(plan), next(iter(local_repository(plan)), "")),
    }
