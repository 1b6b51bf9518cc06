"""The CLI's passphrase secrets: PBKDF2-HMAC-SHA256 over an 8-byte salt, AES-256-GCM.

Formats as in Pulumi's `pkg/secrets/passphrase/manager.go` and `sdk/go/common/resource/config/crypt.go`:
a value is `v1:<nonce>:<ciphertext and tag>`, the salt `v1:<salt>:<the value whose plaintext is "pulumi">`,
all base64.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dockyard.engine.disk import write_atomically
from dockyard.errors import DockyardError

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 -- a variable's name
PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE"  # noqa: S105 -- a variable's name
_ITERATIONS = 1_000_000
_VERSION = "v1"
_PROOF = "pulumi"
_GENERATED_BYTES = 20


class PassphraseManager:
    """Encrypts and decrypts with one key.

    Made by `create` or `open`; neither it nor its errors show the key.
    """

    type = "passphrase"

    def __init__(self, passphrase: str, salt: bytes) -> None:
        self._cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, 32))
        self.salt = ""

    @classmethod
    def create(cls, passphrase: str) -> "PassphraseManager":
        """A manager with a new random salt."""
        salt = os.urandom(8)
        manager = cls(passphrase, salt)
        manager.salt = f"{_VERSION}:{base64.b64encode(salt).decode()}:{manager.encrypt(_PROOF)}"
        return manager

    @classmethod
    def open(cls, passphrase: str, salt: str) -> "PassphraseManager":
        """The manager of an existing salt line (`encryptionsalt`).

        Raises DockyardError where the passphrase is another one.
        """
        version, _, rest = salt.partition(":")
        text, _, proof = rest.partition(":")
        if version != _VERSION or not proof:
            raise DockyardError(
                f"the encryption salt {salt!r} is not one that this engine knows", "it starts with `v1:`"
            )
        manager = cls(passphrase, _decode(text))
        try:
            proven = manager.decrypt(proof) == _PROOF
        except DockyardError:
            proven = False
        if not proven:
            raise DockyardError(
                "incorrect passphrase: it does not open this stack's secrets",
                f"set {PASSPHRASE} or {PASSPHRASE_FILE} to the passphrase that the stack was made with",
            )
        manager.salt = salt
        return manager

    @property
    def provider(self) -> dict[str, Any]:
        """What a checkpoint says of it: `secrets_providers`."""
        return {"type": self.type, "state": {"salt": self.salt}}

    def encrypt(self, plaintext: str) -> str:
        """A value; each call gives another one."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, plaintext.encode(), None)
        return f"{_VERSION}:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, value: str) -> str:
        """The plaintext of a value. Raises DockyardError where it is damaged or was made with another key."""
        parts = value.split(":")
        if len(parts) != 3 or parts[0] != _VERSION:
            raise DockyardError("an encrypted value is malformed: expected v1:<nonce>:<ciphertext>")
        try:
            return self._cipher.decrypt(_decode(parts[1]), _decode(parts[2]), None).decode()
        except (InvalidTag, ValueError) as error:
            raise DockyardError(
                "an encrypted value is damaged, or was encrypted with another passphrase"
            ) from error


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise DockyardError("an encrypted value is malformed: it is not base64") from error


class Sealer:
    """Encrypts the secrets of a state so that one which has not changed keeps its ciphertext.

    place: where in the state a secret stands; equal secrets in two places get two ciphertexts, so nobody
    sees that they are equal.
    reader: what decrypts; None where it is what encrypts. Another one where the stack got a new salt.
    """

    def __init__(self, manager: PassphraseManager, reader: PassphraseManager | None = None) -> None:
        self.manager = manager
        self._reader = reader or manager
        self._known: dict[tuple[str, str], str] = {}

    @property
    def renewing(self) -> bool:
        """True where all that is read has to be written anew, with the new key."""
        return self._reader.salt != self.manager.salt

    def seal(self, place: str, value: Any) -> dict[str, str]:
        """What the marked form of a secret holds: the ciphertext that it had, or a new one.

        value: plain JSON data.
        """
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        found = self._known.get((place, text))
        if found is None:
            found = self._known[place, text] = self.manager.encrypt(text)
        return {"ciphertext": found}

    def open(self, place: str, ciphertext: str) -> Any:
        """The plain JSON data of a secret. Raises DockyardError."""
        value = parse_plaintext(self._reader.decrypt(ciphertext))
        if not self.renewing:
            self._known[place, json.dumps(value, sort_keys=True, separators=(",", ":"))] = ciphertext
        return value


def parse_plaintext(text: str) -> Any:
    """The data of a decrypted secret. Raises DockyardError, without the text, where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise DockyardError("a decrypted secret is not JSON: the state is damaged") from None


def find_passphrase(environment: Mapping[str, str], own_file: Path | None) -> str | None:
    """The passphrase: of the environment, of the file that it names, or of our own file; None where there is
    none of these.

    own_file: the default backend's `passphrase`, None for other backends. Raises DockyardError where a file
    cannot be read.
    """
    if PASSPHRASE in environment:
        return environment[PASSPHRASE]
    named = environment.get(PASSPHRASE_FILE, "")
    if named:
        return _read(Path(named).expanduser(), PASSPHRASE_FILE)
    if own_file is not None and own_file.exists():
        return _read(own_file, "the stack's own passphrase")
    return None


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DockyardError(f"{what}: cannot read {path}: {error}") from error


def generate_passphrase(path: Path) -> str:
    """Make a passphrase of 160 bits and keep it in a file that only its owner may read."""
    made = base64.b32encode(os.urandom(_GENERATED_BYTES)).decode().lower()
    write_atomically(path, f"{made}\n".encode(), mode=0o600)
    return made
