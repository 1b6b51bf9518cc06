"""How a workflow signs in: by OIDC at a cloud, or with a generated user at a registry of one's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dockyard.errors import Problem
from dockyard.reader import Reader

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]"
_PROVIDER = r"projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+"
FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "aws": {
        "roleArn": (
            r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
            "the output `ci` has it as role_arn",
        ),
        "region": (_REGION, "eu-central-1"),
    },
    "azure": {
        "clientId": (_GUID, "the output `ci` has it as client_id"),
        "tenantId": (_GUID, "the output `ci` has it as tenant_id"),
        "subscriptionId": (_GUID, "the output `ci` has it as subscription_id"),
    },
    "gcp": {
        "provider": (_PROVIDER, "the output `ci` has it as workload_identity_provider"),
    },
    "selfHosted": {
        "username": (r"[a-z0-9][a-z0-9._-]{0,62}", "a user of the registry, such as ci"),
    },
}
OPTIONAL = {"selfHosted": {"ownAuthority"}}


@dataclass(frozen=True)
class Login:
    """kind: a key of FIELDS. values: by their keys there."""

    kind: str
    values: Mapping[str, str]
    own_authority: bool = False
    """Whether the registry's certificate is of an own authority, which the variable REGISTRY_CA holds."""


def read_login(reader: Reader, key: str, *, registry: bool) -> Login | None:
    """The login under `key`; None where there is none. registry: whether it is one at a registry: Pulumi signs in at clouds alone."""
    if reader.get(key) is None:
        return None
    entry = Reader(reader.get(key), reader.problems, reader.at(key))
    kinds = [kind for kind in FIELDS if registry or kind != "selfHosted"]
    given = [kind for kind in kinds if entry.get(kind) is not None]
    entry.finish()
    if len(given) != 1:
        reader.problem(key, f"must be one of {', '.join(kinds)}", "aws: {roleArn: ..., region: ...}")
        return None
    kind = given[0]
    inner = Reader(entry.get(kind), reader.problems, entry.at(kind))
    values = {}
    for name, (form, hint) in FIELDS[kind].items():
        values[name] = inner.text(name)
        if not re.fullmatch(form, values[name]):
            what = f"is none: {values[name]!r}" if values[name] else "is required"
            reader.problems.append(Problem(inner.at(name), what, hint))
    own = kind == "selfHosted" and inner.boolean("ownAuthority", False)
    inner.finish()
    return Login(kind, values, own)
