"""Calls that tell others of pushes and deletions."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockyard.errors import Problem
from dockyard.later import is_later
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site

MOST = {"Basic": 2, "Standard": 10, "Premium": 500}
ACTIONS = ("push", "delete")
_NAME = re.compile(r"[A-Za-z0-9]{5,50}")
_SCOPE = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*:(?:\*|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})")
_URI = re.compile(r"https://[^/\s]\S*")


@dataclass(frozen=True)
class Webhook:
    """service_uri and the values of headers may be known during the deployment only, and are secret. location: None for the registry's."""

    key: str
    service_uri: Any
    actions: tuple[str, ...] = ("push",)
    scope: str = ""
    enabled: bool = True
    location: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)


def read_webhooks(reader: Reader, sku: str, regions: Collection[str]) -> tuple[Webhook, ...]:
    """Reads `webhooks`, sorted by key; regions: the registry's own and those of its replicas.

    Sources: "Using Azure Container Registry webhooks"; "Azure Container Registry service tiers".
    """
    webhooks = tuple(_webhook(key, entry, regions) for key, entry in reader.objects("webhooks"))
    if len(webhooks) > MOST[sku]:
        reader.problem("webhooks", f"must be {MOST[sku]} at most in the tier {sku}, got {len(webhooks)}")
    return webhooks


def _webhook(key: str, entry: Reader, regions: Collection[str]) -> Webhook:
    if not _NAME.fullmatch(key):
        hint = "5 to 50 letters and digits"
        entry.problems.append(Problem(entry.path, "is not a name for a webhook", hint))
    headers = Reader(entry.get("headers"), entry.problems, entry.at("headers"))
    webhook = Webhook(
        key,
        _service_uri(entry),
        entry.texts("actions", ("push",)),
        entry.text("scope"),
        entry.boolean("enabled", True),
        entry.text("location") or None,
        {name: headers.values[name] for name in sorted(headers.values)},
    )
    entry.finish()
    _check(webhook, entry, regions)
    return webhook


def _service_uri(entry: Reader) -> Any:
    """An address often holds a word that lets in, so nothing repeats it."""
    value = entry.get("service_uri")
    if is_later(value) or (isinstance(value, str) and _URI.fullmatch(value)):
        return value
    message = "is required" if value is None else "is not an address to call safely"
    entry.problem("service_uri", message, "https://HOST/PATH, which the registry reaches over the internet")
    return None


def _check(webhook: Webhook, entry: Reader, regions: Collection[str]) -> None:
    for action in webhook.actions:
        if action not in ACTIONS:
            entry.problem("actions", f"no such action: {action!r}", f"its actions: {', '.join(ACTIONS)}")
    if not webhook.actions:
        entry.problem("actions", "must name at least one", f"its actions: {', '.join(ACTIONS)}")
    if webhook.scope and not _SCOPE.fullmatch(webhook.scope):
        hint = "api:* for all tags, api:v1 for one: a name alone would be its tag latest"
        entry.problem("scope", f"is not a repository and its tags: {webhook.scope!r}", hint)
    if webhook.location and webhook.location not in regions:
        known = ", ".join(sorted(regions))
        entry.problem(
            "location", f"holds nothing of the registry: {webhook.location!r}", f"its regions: {known}"
        )
    for name, value in webhook.headers.items():
        if not isinstance(value, str) and not is_later(value):
            entry.problem(f"headers/{name}", "must be text")


def make_webhooks(
    name: str,
    plan: Sequence[Webhook],
    site: "Site",
    opts: "pulumi.ResourceOptions",
    replicas: "Sequence[pulumi.Resource]" = (),
) -> "list[pulumi.Resource]":
    """One for each key. The SDK takes neither address nor headers for secret. replicas: those of other regions, which have to be there."""
    import pulumi
    import pulumi_azure_native as azure

    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(replicas)))
    return [
        azure.containerregistry.Webhook(
            f"{name}-webhook-{webhook.key}",
            webhook_name=webhook.key,
            registry_name=site.registry_name,
            resource_group_name=site.resource_group_name,
            location=webhook.location or site.location,
            actions=list(webhook.actions),
            scope=webhook.scope or None,
            service_uri=pulumi.Output.secret(webhook.service_uri),
            custom_headers=pulumi.Output.secret(webhook.headers) if webhook.headers else None,
            status="enabled" if webhook.enabled else "disabled",
            tags=dict(site.tags),
            opts=after,
        )
        for webhook in plan
    ]
