"""SelfHostedRegistry as the engine sees it: what it registers, exactly."""

from datetime import UTC, datetime, timedelta

import pulumi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dockyard import ArgsError, SelfHostedRegistry
from pulumi.runtime.rpc import is_rpc_secret

from tests.support.mocks import mocked

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIf5ZrsvvH0f6vvC+oFiv0pWhocFaLoIotp60s3UrK0O"
TWO = {"reader": {"pull": ["**"]}, "ci": {"push": ["team/**"]}}


class Mocks(pulumi.runtime.Mocks):
    """Records what is registered; outputs are named after what they are."""

    def __init__(self):
        self.registered = []

    def new_resource(self, args):
        self.registered.append(args)
        made = {"privateKey": "KEY", "certificate": "PEM", "password": "word", "htpasswd": "line"}
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args):
        raise AssertionError("no function is called")


@pytest.fixture
def mocks():
    mocks = Mocks()
    with mocked(mocks):
        yield mocks


def make(mocks, **args):
    """Registrations by name, of the registry `images`."""
    mocks.registered.clear()
    made = []

    def program():
        registry = SelfHostedRegistry("images", {"domain": "localhost", "port": 8443, "users": TWO, **args})
        made.append(registry)
        return pulumi.Output.all(registry.username, registry.host, registry.images, registry.runtime)

    pulumi.runtime.test(program)()
    return {item.name: item for item in mocks.registered}


def refusal(mocks, **args):
    with pytest.raises(ArgsError) as refused:
        make(mocks, **args)
    return str(refused.value)


def test_it_registers_exactly_these_resources(mocks):
    found = {name: item.typ.rpartition(":")[2] for name, item in make(mocks).items()}
    assert found == {
        "images": "SelfHostedRegistry",
        "images-user-ci": "Credential",
        "images-user-reader": "Credential",
        "images-upload-secret": "Credential",
        "images-authority": "Certificate",
        "images-certificate": "Certificate",
        "images-host": "Host",
    }


def test_a_user_is_a_credential(mocks):
    found = make(mocks, users={"ci": {"push": ["**"], "rotation": "spring"}}, bcrypt_cost=6)
    assert found["images-user-ci"].inputs == {"username": "ci", "bcryptCost": 6, "rotation": "spring"}


def test_the_authority_may_certify_this_registry_only_and_outlives_a_change_of_port(mocks):
    expected = {
        "commonName": "dockyard authority of localhost",
        "dnsNames": ["localhost"],
        "ipAddresses": ["127.0.0.1", "::1"],
        "isAuthority": True,
        "validityDays": 3650,
        "renewBeforeDays": 365,
    }
    assert make(mocks)["images-authority"].inputs == expected
    assert make(mocks, port=9443)["images-authority"].inputs == expected


def test_the_certificate_is_issued_with_a_secret_key(mocks):
    inputs = dict(make(mocks)["images-certificate"].inputs)
    assert is_rpc_secret(inputs.pop("issuerPrivateKey"))
    assert inputs == {
        "commonName": "localhost",
        "dnsNames": ["localhost"],
        "ipAddresses": ["127.0.0.1", "::1"],
        "isAuthority": False,
        "validityDays": 397,
        "renewBeforeDays": 60,
        "issuerCertificate": "PEM",
    }


def test_passwords_and_keys_reach_the_host_as_secrets_alone(mocks):
    host = make(mocks)["images-host"].inputs
    # Without output values, as here, the SDK makes the whole map a secret where one file in it is.
    assert is_rpc_secret(host["files"])
    contents = {path.rpartition("/")[2]: file["content"] for path, file in host["files"]["value"].items()}
    assert contents["private.key"] == "KEY"
    assert [name for name, content in contents.items() if "KEY" in content] == ["private.key"]
    assert host["connection"] == {"local": {}}
    assert host["deletion"] == "retain"
    assert "KEY" not in str({name: value for name, value in host.items() if name != "files"})


def test_everything_is_a_child_of_the_registry(mocks):
    urns = []

    def program():
        registry = SelfHostedRegistry("images", {"domain": "localhost", "users": TWO})
        return registry.urn.apply(urns.append)

    pulumi.runtime.test(program)()
    from pulumi.runtime.settings import get_monitor

    known = [str(urn) for urn in get_monitor().resources if "dockyard:index:" in str(urn)]
    assert len(known) == 7
    assert [urn for urn in known if "dockyard:index:SelfHostedRegistry" not in urn] == []


def test_the_order_of_users_changes_nothing(mocks):
    one = {name: item.inputs for name, item in make(mocks).items()}
    other = {name: item.inputs for name, item in make(mocks, users=dict(reversed(list(TWO.items())))).items()}
    assert one == other


def pair(domain: str) -> dict[str, str]:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return {"certificate": signed.decode(), "private_key": private.decode()}


def test_with_a_certificate_of_ones_own_none_is_made_and_its_key_is_a_secret(mocks):
    given = pair("localhost")
    found = make(mocks, certificate=given)
    assert not [name for name, item in found.items() if item.typ == "dockyard:index:Certificate"]
    files = found["images-host"].inputs["files"]
    assert is_rpc_secret(files)
    keys = [file["content"] for path, file in files["value"].items() if path.endswith("private.key")]
    assert [key.strip() for key in keys] == [given["private_key"].strip()]
    recorded = found["images"].inputs.get("certificate")
    assert recorded is None or is_rpc_secret(recorded) or is_rpc_secret(recorded["private_key"])


def test_all_problems_are_named_at_once(mocks):
    text = refusal(mocks, port=0, bcrypt_cost=12, users={"ci": {"push": ["a b"]}})
    assert text.startswith("SelfHostedRegistry 'images': 3 problems\n")
    assert text.splitlines()[1:4] == [
        "  bcrypt_cost: must be between 4 and 10, got 12",
        "  port: must be between 1 and 65535, got 0",
        "  users/ci/push/0: is not a repository pattern: 'a b'",
    ]


def test_an_instance_name_that_could_not_be_a_folder_is_refused(mocks):
    assert refusal(mocks, instance="../x") == (
        "SelfHostedRegistry 'images': 1 problem\n"
        "  instance: is not an instance name: '../x'\n"
        "hint: 1 to 40 lower-case letters, digits and `-`; it names folders and services"
    )


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ({"zoe": {"push": ["a"]}, "bob": {"push": ["b"]}, "amy": {"admin": True}}, "bob"),
        ({"zoe": {"admin": True}, "amy": {"pull": ["**"]}}, "zoe"),
        ({"zoe": {"pull": ["**"]}, "bob": {"pull": ["**"]}}, "bob"),
    ],
)
def test_the_login_is_the_first_who_may_push_then_an_admin_then_the_first(mocks, users, expected):
    names = []

    def program():
        registry = SelfHostedRegistry("images", {"domain": "localhost", "users": users})
        return registry.username.apply(names.append)

    pulumi.runtime.test(program)()
    assert names == [expected]


def test_backups_have_a_generated_password_which_nothing_shows(mocks):
    found = make(mocks, backup={"environment": {"AWS_SECRET_ACCESS_KEY": "hush"}})
    assert found["images-backup-password"].inputs["username"] == "backup"
    files = found["images-host"].inputs["files"]
    assert is_rpc_secret(files)
    contents = {path.rpartition("/ops/")[2]: file["content"] for path, file in files["value"].items()}
    assert (contents["password"], contents["environment"]) == ("word\n", "AWS_SECRET_ACCESS_KEY=hush\n")
    assert is_rpc_secret(found["images"].inputs["backup"])


def test_a_given_password_of_backups_is_a_secret(mocks):
    found = make(mocks, backup={"password": "correct horse battery"})
    assert "images-backup-password" not in found
    assert is_rpc_secret(found["images"].inputs["backup"])


def test_without_backups_nothing_is_registered_for_them(mocks):
    found = make(mocks)
    assert "images-backup-password" not in found
    assert make(mocks, backup={"enabled": False}).keys() == found.keys()


@pytest.mark.parametrize(
    "target", [{}, {"target": {"ssh": {"host": "192.0.2.1", "user": "root", "host_key": KEY}}}]
)
def test_a_check_asks_no_host_and_plans_for_docker_what_only_docker_has(mocks, monkeypatch, target):
    """Nothing answers at that address."""
    monkeypatch.setenv("DOCKYARD_CHECK", "1")
    monkeypatch.setenv("PATH", "/nowhere")
    given = {"domain": "registry.example.com", "listen": ["0.0.0.0"], **target}
    assert "containers" in make(mocks, images={"nginx": "nginx:1.30.5"}, **given)["images-host"].inputs
    assert "containers" not in make(mocks, **given)["images-host"].inputs
