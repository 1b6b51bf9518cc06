"""How jobs of GitLab sign in. The token stands in a variable that GitLab masks, and goes into files and pipes, never on a command line."""

import json
from collections.abc import Mapping

from dockyard.workflows.logins import Login
from dockyard.workflows.settings import Image

AUDIENCES = {"aws": "sts.amazonaws.com", "azure": "api://AzureADTokenExchange"}
TOKEN_FILE = "/tmp/cloud-token"  # noqa: S105, S108 -- a file of a container that one job has for itself
_KEEP = f'(umask 077 && printf %s "$CLOUD_TOKEN" > {TOKEN_FILE})'


def audience(login: Login) -> str:
    """Whom the job's token is for: what the trust of that cloud asks for."""
    if login.kind == "gcp":
        return f"https://iam.googleapis.com/{login.values['provider']}"
    return AUDIENCES[login.kind]


def sign_in(login: Login) -> str:
    """Lets Pulumi's providers find the token; one line, because exports end with their shell."""
    values = login.values
    if login.kind == "aws":
        exports = {
            "AWS_ROLE_ARN": values["roleArn"],
            "AWS_REGION": values["region"],
            "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE,
        }
    elif login.kind == "azure":
        exports = {
            "ARM_USE_OIDC": "true",
            "ARM_CLIENT_ID": values["clientId"],
            "ARM_TENANT_ID": values["tenantId"],
            "ARM_SUBSCRIPTION_ID": values["subscriptionId"],
            "ARM_OIDC_TOKEN_FILE_PATH": TOKEN_FILE,
        }
    else:
        exports = {"GOOGLE_APPLICATION_CREDENTIALS": f"{TOKEN_FILE}.json"}
    lines = [_KEEP, *([_credentials(login)] if login.kind == "gcp" else [])]
    return " && ".join([*lines, *(f"export {name}={value}" for name, value in exports.items())])


def _credentials(login: Login) -> str:
    """Google's libraries exchange the token as this file says ("Workload identity federation": credential configurations)."""
    content = {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{login.values['provider']}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": TOKEN_FILE},
    }
    return f"printf %s '{json.dumps(content)}' > {TOKEN_FILE}.json"


def registry_sign_in(image: Image) -> list[str]:
    """The lines that log Docker in; `apk` is that of the image `docker`."""
    values, kind = image.login.values, image.login.kind
    login = 'docker login "$REGISTRY" --password-stdin --username'
    if kind == "aws":
        return [
            "apk add --no-cache aws-cli",
            sign_in(image.login),
            f"aws ecr get-login-password | {login} AWS",
        ]
    if kind == "azure":
        return [
            "apk add --no-cache curl jq",
            _KEEP,
            _exchange_azure(values),
            f'printf %s "$REFRESH" | {login} 00000000-0000-0000-0000-000000000000',
        ]
    if kind == "gcp":
        return [
            "apk add --no-cache curl jq",
            _KEEP,
            _exchange_google(values["provider"]),
            f'printf %s "$ACCESS" | {login} oauth2accesstoken',
        ]
    return [*_trust(image), f'printf %s "$REGISTRY_PASSWORD" | {login} {values["username"]}']


def _exchange_azure(values: Mapping[str, str]) -> str:
    """The job's token for one of Entra, and that for one of the registry."""
    entra = (
        "ENTRA=$(curl --silent --fail --show-error"
        f" https://login.microsoftonline.com/{values['tenantId']}/oauth2/v2.0/token"
        f" --data client_id={values['clientId']} --data grant_type=client_credentials"
        " --data scope=https://containerregistry.azure.net/.default"
        " --data client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        f" --data-urlencode client_assertion@{TOKEN_FILE} | jq -r .access_token)"
    )
    refresh = (
        'REFRESH=$(printf %s "$ENTRA" | curl --silent --fail --show-error "https://$REGISTRY/oauth2/exchange"'
        ' --data grant_type=access_token --data "service=$REGISTRY" --data-urlencode access_token@-'
        " | jq -r .refresh_token)"
    )
    return f"{entra} && {refresh}"


def _exchange_google(provider: str) -> str:
    """The job's token for one of Google's."""
    return (
        "ACCESS=$(curl --silent --fail --show-error https://sts.googleapis.com/v1/token"
        f" --data audience=//iam.googleapis.com/{provider}"
        " --data grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        " --data requested_token_type=urn:ietf:params:oauth:token-type:access_token"
        " --data scope=https://www.googleapis.com/auth/cloud-platform"
        " --data subject_token_type=urn:ietf:params:oauth:token-type:jwt"
        f" --data-urlencode subject_token@{TOKEN_FILE} | jq -r .access_token)"
    )


def _trust(image: Image) -> list[str]:
    if not image.login.own_authority:
        return []
    return [
        'mkdir -p "/etc/docker/certs.d/$REGISTRY" && cp "$REGISTRY_CA" "/etc/docker/certs.d/$REGISTRY/ca.crt"'
    ]
