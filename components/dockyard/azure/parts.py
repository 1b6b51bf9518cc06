"""What belongs to a registry beside itself, as the arguments say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dockyard.azure.cache import CachePlan, read_cache
from dockyard.azure.diagnostics import Diagnostics, read_diagnostics
from dockyard.azure.encryption import Encryption, read_encryption
from dockyard.azure.locks import read_lock
from dockyard.azure.network import PrivateEndpoint, read_private_endpoints
from dockyard.azure.purge_task import CleanupPlan, Retention, read_cleanup
from dockyard.azure.replicas import Replica, read_replicas
from dockyard.azure.tokens import TokenPlan, read_tokens
from dockyard.azure.webhooks import Webhook, read_webhooks
from dockyard.reader import Reader

DEPLOYER = "deployer"


@dataclass(frozen=True)
class Parts:
    """Each is made after the registry, but for the key that encrypts it. login: DEPLOYER, a token's key, or "" where nothing is said."""

    cleanup: CleanupPlan | None = None
    private_endpoints: tuple[PrivateEndpoint, ...] = ()
    replicas: tuple[Replica, ...] = ()
    encryption: Encryption | None = None
    cache: CachePlan | None = None
    tokens: TokenPlan | None = None
    diagnostics: tuple[Diagnostics, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    lock: bool = False
    login: str = ""


def read_parts(
    reader: Reader,
    retentions: Mapping[str, Retention],
    location: str,
    sku: str,
    now: datetime | None,
    *,
    public: bool,
) -> Parts:
    """location, sku: the registry's own. now: passwords that ended before are refused. public: whether the internet reaches it."""
    tokens = read_tokens(reader, now)
    replicas = read_replicas(reader, location)
    return Parts(
        cleanup=read_cleanup(reader, retentions),
        private_endpoints=read_private_endpoints(reader),
        replicas=replicas,
        encryption=read_encryption(reader),
        cache=read_cache(reader),
        tokens=tokens,
        diagnostics=read_diagnostics(reader),
        webhooks=read_webhooks(reader, sku, (location, *(replica.location for replica in replicas))),
        lock=read_lock(reader),
        login=_login(reader, tokens, public=public),
    )


def _login(reader: Reader, tokens: TokenPlan | None, *, public: bool) -> str:
    """Whose password it publishes. That of whoever deploys is fetched from the registry, which must be in reach."""
    keys = [token.key for token in tokens.tokens if token.expires] if tokens else []
    login = reader.text("login")
    if not login and not public:
        hint = f"{DEPLOYER} where the deployment runs inside of its networks; else a key of tokens that has expires"
        reader.problem("login", "is required where public_network_access is false", hint)
    elif login == DEPLOYER and DEPLOYER in keys:
        reader.problem("login", "is a key of tokens too", "give the token another name")
    elif login and login not in (DEPLOYER, *keys):
        known = ", ".join((DEPLOYER, *keys))
        reader.problem("login", f"is no token that has a password: {login!r}", f"there are {known}")
    return login
