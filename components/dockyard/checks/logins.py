"""What a login is worth: how long its password lives."""

import re

_ECR = re.compile(r"[^./]+\.dkr[.-]ecr(?:-fips)?\.[a-z0-9.-]+|public\.ecr\.aws|ecr-public\.aws\.com")
_ACR_TOKEN = "00000000-0000-0000-0000-000000000000"  # noqa: S105 -- a user name
_GOOGLE_TOKENS = ("oauth2accesstoken", "_token")


def short_lived_login(host: str, username: str) -> str:
    """How long such a login lives, as a sentence, where that is hours at most; "" where its password lives until it is changed.

    host: what `docker login` takes, with or without a port. Sources: "Private registry authentication in Amazon ECR" (12 hours),
    "Configure authentication to Artifact Registry for Docker" (access tokens live 60 minutes), "Authenticate with an Azure container
    registry" (a token of `az acr login` lives 3 hours).
    """
    if _ECR.fullmatch(re.sub(r":[0-9]+$", "", host.lower())) or username == "AWS":
        return "passwords of Amazon ECR live 12 hours"
    if username in _GOOGLE_TOKENS:
        return "access tokens of Google Cloud live about an hour"
    if username == _ACR_TOKEN:
        return "tokens of Azure Container Registry that a sign-in gives live 3 hours"
    return ""
