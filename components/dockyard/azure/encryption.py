"""A key of the user's own."""

from dataclasses import dataclass
from typing import Any

from dockyard.azure.ids import GUID, read_id, read_required
from dockyard.reader import Reader

_KEY = r"https://[^/\s]+/keys/[^/\s]+(?:/[^/\s]+)?"
_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/{0}"


@dataclass(frozen=True)
class Encryption:
    """The values may be known during the deployment only."""

    key_identifier: Any
    identity_id: Any
    identity_client_id: Any

    def properties(self) -> dict[str, Any]:
        """What the registry's properties hold, in the words of the REST API. The identity that reads the key is named by its client id."""
        vault = {"keyIdentifier": self.key_identifier, "identity": self.identity_client_id}
        return {"encryption": {"status": "enabled", "keyVaultProperties": vault}}

    def identity(self) -> dict[str, Any]:
        """The registry's own identity, as `azure_native.resources.IdentityArgs` takes it: there by the identity's id."""
        return {"type": "UserAssigned", "user_assigned_identities": [self.identity_id]}


def read_encryption(reader: Reader) -> Encryption | None:
    """Reads `encryption`. Source: "Encrypt registry with a customer-managed key"."""
    if reader.get("encryption") is None:
        return None
    entry = Reader(reader.get("encryption"), reader.problems, reader.at("encryption"))
    encryption = Encryption(
        read_required(entry, "key_identifier", _KEY, "https://VAULT.vault.azure.net/keys/NAME"),
        read_id(entry, "identity_id", _IDENTITY, required=True),
        read_required(
            entry,
            "identity_client_id",
            GUID,
            "the identity's client id, 01234567-89ab-cdef-0123-456789abcdef",
        ),
    )
    entry.finish()
    return encryption
