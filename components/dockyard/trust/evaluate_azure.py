"""Judges federated credentials of Azure against a token."""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.errors import DockyardError
from dockyard.trust.verdict import Check, Verdict, all_of, as_list, audience_check, one_of


def evaluate_azure(credentials: object, claims: Mapping[str, Any]) -> Verdict:
    """Whether the identity would be given for the token: one credential must have its issuer, subject and audience to the letter.

    credentials: one, or a list of them; in the words of the API, with or without `properties` around. Raises DockyardError for
    anything else.
    """
    given = (
        credentials
        if isinstance(credentials, Sequence) and not isinstance(credentials, str)
        else [credentials]
    )
    verdicts = []
    for number, credential in enumerate(given, 1):
        if not isinstance(credential, Mapping):
            raise DockyardError(f"federated credential {number} must be an object")
        name = str(credential.get("name") or f"credential {number}")
        verdicts.append((name, all_of(_checks(credential.get("properties") or credential, claims))))
    return one_of(verdicts, "has no federated credential")


def _checks(credential: Mapping[str, Any], claims: Mapping[str, Any]) -> list[Check]:
    if "claimsMatchingExpression" in credential:
        raise DockyardError("a flexible federated credential is not evaluated here")
    carried, audiences = as_list(claims.get("aud")), as_list(credential.get("audiences"))
    return [
        _exact("issuer", credential.get("issuer"), claims, "iss"),
        _exact("subject", credential.get("subject"), claims, "sub"),
        audience_check(audiences, carried),
    ]


def _exact(name: str, wanted: object, claims: Mapping[str, Any], claim: str) -> Check:
    value = claims.get(claim)
    if value is None:
        return Check(name, False, f"the token has no {claim!r}")
    why = f"wanted {wanted!r}, got {value!r}"
    if str(wanted).lower() == str(value).lower() and wanted != value:
        why += ": upper and lower case differ"
    return Check(name, value == wanted, why)
