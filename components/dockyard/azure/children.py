"""What is made after a registry, and belongs to it."""

from collections.abc import Sequence

import pulumi

from dockyard.azure.cache import make_cache
from dockyard.azure.diagnostics import make_diagnostics
from dockyard.azure.locks import make_lock
from dockyard.azure.network import make_private_endpoints
from dockyard.azure.parts import Parts
from dockyard.azure.purge_task import make_cleanup
from dockyard.azure.replicas import make_replicas
from dockyard.azure.site import Site
from dockyard.azure.tokens import make_tokens
from dockyard.azure.webhooks import make_webhooks


def make_parts(
    name: str,
    parts: Parts,
    site: Site,
    opts: pulumi.ResourceOptions,
    kept: pulumi.ResourceOptions,
    *,
    abac: bool,
    before: Sequence[pulumi.Resource],
) -> dict[str, pulumi.Output[str]]:
    """Makes them; gives the passwords of tokens, by their keys.

    kept: the options of what holds images: it stays where the registry does. abac: whether roles are by repository. before: what a lock
    has to wait for beside them.
    """
    made = list(before)
    copies = make_replicas(name, parts.replicas, site, kept)
    made += copies
    made += make_private_endpoints(name, parts.private_endpoints, site, opts, copies)
    if parts.cache:
        made += make_cache(name, parts.cache, site, opts)
    passwords = make_tokens(name, parts.tokens, site, opts) if parts.tokens else {}
    if parts.cleanup:
        made.append(make_cleanup(name, parts.cleanup, site, opts, abac=abac))
    made += make_diagnostics(name, parts.diagnostics, site, opts)
    made += make_webhooks(name, parts.webhooks, site, opts, copies)
    if parts.lock:
        make_lock(name, site, opts, made)
    return passwords
