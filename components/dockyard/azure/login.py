"""The password of whoever deploys: an Entra token, exchanged for a refresh token of the registry.

The registry takes no Entra token as a password, so it has to be exchanged there. That is what `az acr login --expose-token` does.
Sources: "Azure Container Registry integration with Azure Active Directory"; "Configure registry acceptance of Microsoft Entra
authentication scopes".
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from dockyard.errors import DockyardError

if TYPE_CHECKING:
    import httpx

USER = "00000000-0000-0000-0000-000000000000"
"""Tells the registry that the password is a refresh token."""
AUDIENCE = "https://containerregistry.azure.net"
"""Of the Entra token: good for registries and for nothing else."""
TRIES = 5
"""The name of a registry that was just made takes some seconds to be known everywhere."""
_HINT = "deploy from where it can be reached, by somebody whom `push` or `pull` names; or set login to a key of tokens"
Answer = TypeVar("Answer")


def refresh_token(
    host: str,
    tenant: str,
    token: str,
    send: "Callable[..., httpx.Response] | None" = None,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """The password that goes with USER. It lives three hours. Raises DockyardError where the registry gives none or cannot be reached."""
    import httpx  # here, because it takes longer to load than a preview, which asks nothing, should wait

    form = {"grant_type": "access_token", "service": host, "tenant": tenant, "access_token": token}

    def ask() -> httpx.Response:
        return (send or httpx.post)(f"https://{host}/oauth2/exchange", data=form, timeout=10)

    try:
        answer = _repeated(ask, httpx.TransportError, wait)
    except httpx.TransportError as error:
        raise DockyardError(f"{host} cannot be reached: {type(error).__name__}", _HINT) from None
    if answer.status_code != httpx.codes.OK:
        raise DockyardError(f"{host} gives whoever deploys no token: HTTP {answer.status_code}", _HINT)
    return str(answer.json()["refresh_token"])


def _repeated(ask: Callable[[], Answer], failure: type[Exception], wait: Callable[[float], None]) -> Answer:
    for number in range(TRIES - 1):
        try:
            return ask()
        except failure:
            wait(2.0**number)
    return ask()
