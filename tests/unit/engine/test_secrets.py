"""The CLI's passphrase secrets."""

import stat
from pathlib import Path

import pytest
from dockyard.engine.secrets import PassphraseManager, Sealer, find_passphrase, generate_passphrase
from dockyard.errors import DockyardError

# Written by Pulumi 3.260 with the passphrase `correct`: `encryptionsalt` and two secure values of a stack
# file.
SALT = "v1:3WIkwCDGRNc=:v1:vtTWh9Bww9LnMyC3:OEOE7W24XKYWD+pp3My81nE5S6JbUA=="
VALUE = "v1:akrLaIEO15Mlzhl4:5h3cL5c3PHQHU6EElSiRTt4qTr+SHAV6CQ=="


def test_a_value_of_the_cli_is_opened() -> None:
    manager = PassphraseManager.open("correct", SALT)
    assert manager.decrypt(VALUE) == "s3cr3tcfg"
    assert manager.provider == {"type": "passphrase", "state": {"salt": SALT}}


def test_another_passphrase_is_refused_without_saying_it() -> None:
    with pytest.raises(DockyardError) as error:
        PassphraseManager.open("wr0ng-one", SALT)
    assert str(error.value) == (
        "incorrect passphrase: it does not open this stack's secrets\n"
        "hint: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase that the stack "
        "was made with"
    )


@pytest.mark.parametrize("salt", ["v2:AAAA:v1:x:y", "nonsense", "v1:3WIkwCDGRNc="])
def test_a_salt_of_another_kind_is_refused(salt: str) -> None:
    with pytest.raises(DockyardError, match="is not one that this engine knows"):
        PassphraseManager.open("correct", salt)


def test_what_one_manager_encrypts_another_of_its_salt_opens(manager: PassphraseManager) -> None:
    again = PassphraseManager.open("correct horse", manager.salt)
    assert again.decrypt(manager.encrypt("hünter2")) == "hünter2"


def test_each_encryption_gives_another_value(manager: PassphraseManager) -> None:
    assert manager.encrypt("same") != manager.encrypt("same")


@pytest.mark.parametrize(
    "value", ["v1:AAAA", "v1:@@:@@", "v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAA", "v1:AA==:AA=="]
)
def test_a_damaged_value_is_an_error(manager: PassphraseManager, value: str) -> None:
    with pytest.raises(DockyardError, match=r"an encrypted value is (malformed|damaged)"):
        manager.decrypt(value)


def test_an_unchanged_secret_keeps_its_ciphertext_and_a_changed_one_gets_a_new_one(
    manager: PassphraseManager,
) -> None:
    ciphertext = manager.encrypt('{"b": 1,  "a": 2}')
    sealer = Sealer(manager)
    value = sealer.open("place", ciphertext)
    assert sealer.seal("place", value) == {"ciphertext": ciphertext}
    assert sealer.seal("place", {**value, "a": 3}) != {"ciphertext": ciphertext}


def test_equal_secrets_in_two_places_do_not_look_equal(manager: PassphraseManager) -> None:
    sealer = Sealer(manager)
    assert sealer.seal("one", "same") != sealer.seal("two", "same")


def test_the_environments_passphrase_comes_first_then_its_file_then_our_own(tmp_path: Path) -> None:
    named, own = tmp_path / "named", tmp_path / "own"
    named.write_text("from the file\n")
    own.write_text("our own\n")
    both = {"PULUMI_CONFIG_PASSPHRASE": "said", "PULUMI_CONFIG_PASSPHRASE_FILE": str(named)}
    assert find_passphrase(both, own) == "said"
    assert find_passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(named)}, own) == "from the file"
    assert find_passphrase({}, own) == "our own"
    assert find_passphrase({}, tmp_path / "none") is None


def test_a_passphrase_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DockyardError, match=r"^PULUMI_CONFIG_PASSPHRASE_FILE: cannot read .*/none: "):
        find_passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")}, None)


def test_a_generated_passphrase_has_160_bits_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "passphrase"
    made = generate_passphrase(path)
    assert len(made) == 32  # base32: five bits each
    assert path.read_text() == f"{made}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
