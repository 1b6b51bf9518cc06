"""Certificate: what it may certify, when it is renewed, and what clients that we did not write say of it."""

import datetime
import ipaddress
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.provider.certificate import Certificate
from dockyard.provider.resource import Call, Change

CALL = Call("tls")
NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def at(moment):
    return Certificate(lambda: moment)


def issue(moment=NOW, **inputs):
    news = dict(inputs)
    assert at(moment).check(CALL, news) == []
    return at(moment).create(CALL, news, preview=False)[1]


def authority(moment=NOW, **changes):
    inputs = {"commonName": "own CA", "dnsNames": ["example.test"], "ipAddresses": ["10.0.0.1"]}
    steering = {"isAuthority": True, "validityDays": 3650, "renewBeforeDays": 365}
    return issue(moment, **{**inputs, **steering, **changes})


def leaf(ca, moment=NOW, **changes):
    inputs = {"commonName": "example.test", "dnsNames": ["example.test"], "ipAddresses": ["10.0.0.1"]}
    signer = {"issuerCertificate": ca["certificate"], "issuerPrivateKey": ca["privateKey"]}
    return issue(moment, **{**inputs, **signer, **changes})


def parsed(outputs):
    return x509.load_pem_x509_certificate(outputs["certificate"].encode())


def inputs_of(outputs):
    return {
        key: value for key, value in outputs.items() if key not in ("certificate", "privateKey", "notAfter")
    }


def test_an_authority_may_certify_its_names_only():
    extensions = parsed(authority()).extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=0)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [
        x509.DNSName("example.test"),
        x509.IPAddress(ipaddress.ip_network("10.0.0.1/32")),
    ]


def test_a_server_certificate_is_one():
    ca = authority()
    certificate = parsed(leaf(ca))
    extensions = certificate.extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["example.test"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.1")]
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    own = parsed(ca).extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    signer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert own == signer
    certificate.verify_directly_issued_by(parsed(ca))


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ({"dnsNames": ["example.test"], "ipAddresses": []}, {"dnsNames": ["other.test"], "ipAddresses": []}),
        ({"dnsNames": ["example.test"], "ipAddresses": []}, {"dnsNames": [], "ipAddresses": ["10.0.0.1"]}),
        ({"dnsNames": [], "ipAddresses": ["10.0.0.1"]}, {"dnsNames": [], "ipAddresses": ["10.0.0.2"]}),
        ({"dnsNames": [], "ipAddresses": ["10.0.0.1"]}, {"dnsNames": ["example.test"], "ipAddresses": []}),
        ({"dnsNames": [], "ipAddresses": ["::1"]}, {"dnsNames": [], "ipAddresses": ["10.0.0.1"]}),
    ],
)
def test_openssl_holds_an_authority_to_its_names(tmp_path, names, wrong):
    ca = authority(**names)
    (tmp_path / "ca").write_text(ca["certificate"])
    for given, accepted in ((names, True), (wrong, False)):
        first = (given["dnsNames"] + given["ipAddresses"])[0]
        (tmp_path / "leaf").write_text(leaf(ca, commonName=first, **given)["certificate"])
        at_time = str(int(NOW.timestamp()) + 60)
        command = ["openssl", "verify", "-attime", at_time, "-purpose", "sslserver", "-CAfile", "ca", "leaf"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is accepted, done.stderr


def test_nothing_changes_until_the_renewal_is_due():
    ca = authority()
    outputs = leaf(ca, validityDays=90, renewBeforeDays=30)
    news = inputs_of(outputs)
    assert at(NOW + 59 * DAY).diff(CALL, "id", outputs, news).changes == {}
    assert at(NOW + 61 * DAY).diff(CALL, "id", outputs, news).changes == {"notAfter": Change.UPDATE}


def test_a_renewal_is_an_update_with_a_new_end():
    ca = authority()
    old = leaf(ca)
    new = at(NOW + 61 * DAY).update(CALL, "id", old, inputs_of(old), preview=False)
    assert new["notAfter"] == "2030-06-01T00:00:00Z"
    assert new["certificate"] != old["certificate"]
    assert at(NOW + 61 * DAY).diff(CALL, "id", new, inputs_of(new)).changes == {}


def test_an_authority_keeps_its_key_when_it_is_renewed():
    old = authority()
    new = at(NOW + 3400 * DAY).update(CALL, "id", old, inputs_of(old), preview=False)
    assert new["certificate"] != old["certificate"]
    assert new["privateKey"] == old["privateKey"]


def test_a_leaf_ends_with_its_issuer_and_is_not_renewed_in_vain():
    ca = authority(validityDays=20, renewBeforeDays=1)
    outputs = leaf(ca, validityDays=90, renewBeforeDays=30)
    assert parsed(outputs).not_valid_after_utc == parsed(ca).not_valid_after_utc
    assert at(NOW + DAY).diff(CALL, "id", outputs, inputs_of(outputs)).changes == {}


def test_another_renewal_time_alone_issues_nothing():
    old = authority()
    news = {**inputs_of(old), "renewBeforeDays": 100}
    assert at(NOW).diff(CALL, "id", old, news).changes == {"renewBeforeDays": Change.UPDATE}
    assert at(NOW).update(CALL, "id", old, news, preview=False)["certificate"] == old["certificate"]


def test_another_name_issues_again_in_place():
    old = leaf(authority(dnsNames=["example.test", "b.test"]))
    news = {**inputs_of(old), "dnsNames": ["b.test"]}
    assert at(NOW).diff(CALL, "id", old, news).changes == {"dnsNames": Change.UPDATE}
    assert "b.test" in str(parsed(at(NOW).update(CALL, "id", old, news, False)).extensions)


def test_the_key_is_a_secret_also_before_it_is_made():
    assert isinstance(authority()["privateKey"], Secret)
    _, outputs = at(NOW).create(CALL, {"commonName": "x", "isAuthority": True}, preview=True)
    assert outputs["privateKey"] == Secret(UNKNOWN)


CA = authority()
SIGNER = {"issuerCertificate": CA["certificate"], "issuerPrivateKey": CA["privateKey"]}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"isAuthority": True}, "commonName: must be a text of printable characters, got ''"),
        (
            {"commonName": "x" * 65, "isAuthority": True},
            "commonName: must have at most 64 characters, got 65",
        ),
        (
            {"commonName": "a", "isAuthority": True, "validityDays": 7301},
            "validityDays: must be a whole number",
        ),
        ({"commonName": "a", "dnsNames": ["a"], "validityDays": 398, **SIGNER}, "from 1 to 397, got 398"),
        ({"commonName": "a", "isAuthority": True, "renewBeforeDays": 90}, "renewBeforeDays: must be a whole"),
        ({"commonName": "a", "dnsNames": ["a b"], "isAuthority": True}, "dnsNames[0]: must be a DNS name"),
        ({"commonName": "a", "ipAddresses": ["1.2.3"], "isAuthority": True}, "ipAddresses[0]: must be an IP"),
        ({"commonName": "a", **SIGNER}, "dnsNames: a server certificate needs a name"),
        ({"commonName": "a", "dnsNames": ["a"]}, "needs issuerCertificate and issuerPrivateKey"),
        (
            {"commonName": "a", "dnsNames": ["a"], **SIGNER, "issuerCertificate": "x"},
            "issuerCertificate: issuerCertificate is no PEM certificate",
        ),
        (
            {"commonName": "a", "dnsNames": ["a"], **SIGNER, "issuerPrivateKey": authority()["privateKey"]},
            "issuerPrivateKey does not belong to issuerCertificate",
        ),
        ({"commonName": "a", "isAuthority": True, **SIGNER}, "an authority signs itself"),
        ({"commonName": "a", "isAuthority": True, "keySize": 1}, "keySize: unknown property"),
    ],
)
def test_bad_input_is_named(inputs, message):
    problems = at(NOW).check(CALL, dict(inputs))
    assert [message in str(problem) for problem in problems] == [True]


def test_unknown_inputs_are_not_judged():
    inputs = {"commonName": "a", "dnsNames": UNKNOWN, **dict.fromkeys(SIGNER, UNKNOWN)}
    assert at(NOW).check(CALL, inputs) == []
