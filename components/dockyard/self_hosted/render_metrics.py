"""What the service of metrics needs to know of one instance."""

from typing import TYPE_CHECKING

import dockyard
from dockyard.self_hosted.bundle import Account

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

METRICS_ACCOUNT = "dockyard-metrics"
REACHED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where one connects to reach what listens on every address


def metrics_account(plan: "Plan") -> str | None:
    """Who serves metrics on a host that is configured as root."""
    return METRICS_ACCOUNT if plan.facts.root and plan.settings.metrics else None


def metrics_accounts(plan: "Plan") -> tuple[Account, ...]:
    """It owns nothing. What the jobs remember, and the store's uploads, it reads as the registry's group may; NGINX's numbers, and the log
    where its own group may read that, as the front's group may. So it could do what the front can, and answers on loopback alone."""
    account, registry, front = metrics_account(plan), plan.registry_account, plan.front_account
    if account is None or registry is None or front is None:
        return ()
    return (Account(account, (registry, front)),)


def metrics_ports(plan: "Plan") -> tuple[str, ...]:
    metrics = plan.settings.metrics
    return (f"127.0.0.1:{metrics.port}",) if metrics else ()


def metrics_configuration(plan: "Plan") -> dict[str, object]:
    """As `dockyard.ops.exporter` reads it."""
    settings = plan.settings
    if settings.metrics is None:
        return {}
    first = settings.listen[0]
    return {
        "account": metrics_account(plan) or "",
        "port": settings.metrics.port,
        "host": REACHED.get(first, first),
        "port_of_front": settings.port,
        "domain": settings.domain,
        "status_socket": plan.paths.status_socket,
        "read_only": settings.read_only,
        "nginx": plan.facts.nginx,
        **({"front_version": _tag(settings.front_image)} if plan.compose else {}),
        "version": dockyard.__version__,
    }


def _tag(image: str) -> str:
    """ "" where the reference has a digest alone."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]
