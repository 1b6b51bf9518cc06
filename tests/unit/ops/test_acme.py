"""When a certificate is due, how long a failure waits, what certbot's words mean, and what is no pair."""

import contextlib
import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from dockyard.ops import acme, certbot, pair
from dockyard.ops.certificate import Shown, judge_acme
from dockyard.ops.errors import OpsError
from dockyard.provider import x509

DAY = 86400.0
NOW = datetime.datetime.now(datetime.UTC)
SETTINGS = SimpleNamespace(
    acme={"server": "https://ca.test/dir", "challenge": "http-01", "auth_hook": "/hook"},
    looks_at={"domain": "registry.example.com"},
)


@pytest.mark.parametrize(("left", "wanted"), [(31 * DAY, False), (30 * DAY, True), (-1, True)])
def test_it_is_renewed_when_a_third_of_its_life_is_left(left, wanted):
    known = pair.Pair(begins=0, ends=90 * DAY, issuer="", serial="")
    assert acme.due(known, 90 * DAY - left) is wanted


def test_failures_wait_longer_each_time_and_long_where_the_authority_limits():
    assert [acme.pause(count, False) for count in (1, 2, 3, 7, 1000)] == [900, 1800, 3600, 43200, 43200]
    assert acme.pause(1, True) == 3 * 3600


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "The Certificate Authority reported these problems:\n  Domain: registry.example.com\n"
            "  Type:   connection\n  Detail: 192.0.2.1: Fetching http://...: Timeout\n\nHint: The CA failed\n",
            "registry.example.com was not proven: 192.0.2.1: Fetching http://...: Timeout",
        ),
        (
            "Saving debug log to /x\nAn unexpected error occurred:\nrequests.exceptions.ConnectionError: refused\n"
            "Ask for help or search\n",
            "no certificate from https://ca.test/dir: requests.exceptions.ConnectionError: refused",
        ),
        ("", "no certificate from https://ca.test/dir: it said nothing"),
    ],
)
def test_what_certbot_says_becomes_a_sentence_with_a_hint(said, message):
    refused = certbot.refusal(SETTINGS, said)
    assert (refused.message, refused.limited) == (message, False)
    assert refused.hint


def test_the_authority_s_own_words_are_found_in_the_log(tmp_path):
    """Debian 12's certbot says "AttributeError: can't set attribute" in their place."""
    answers = [("malformed", "first"), ("rateLimited", 'too many \\"certificates\\"'), ("badNonce", "again")]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/letsencrypt.log").write_text(
        "".join(
            f'{{\n   "type": "urn:ietf:params:acme:error:{kind}",\n   "detail": "{words}"}}\n'
            for kind, words in answers
        )
    )
    kind, words = certbot.problem(tmp_path)
    assert kind == "rateLimited"
    refused = certbot.refusal(SETTINGS, "AttributeError: can't set attribute", kind, words)
    assert refused.limited
    assert "too many" in refused.message
    assert certbot.problem(tmp_path / "none") == ("", "")


FAILING = """#!/bin/sh
echo run >> {folder}/runs
echo "AttributeError: can't set attribute"
test "$(wc -l < {folder}/runs)" -gt {failures} && exit 0
mkdir -p {folder}/logs {folder}/config/accounts
cat > {folder}/logs/letsencrypt.log <<'END'
{log}
END
exit 1
"""
REFUSED_NONCE = '"type": "urn:ietf:params:acme:error:badNonce", "detail": "not this one"\n'


def ended(tmp_path, failures: int, log: str) -> int:
    """How many runs of certbot there were, of which the first ones failed with that log."""
    program, environment = tmp_path / "certbot", tmp_path / "environment"
    program.write_text(FAILING.format(folder=tmp_path, failures=failures, log=log))
    program.chmod(0o755)
    environment.touch()
    (tmp_path / "config").mkdir()
    known = dict.fromkeys(("auth_hook", "cleanup_hook", "email", "binding", "trusted_ca"), "")
    paths = {"certbot": str(program), "folder": str(tmp_path), "environment": str(environment)}
    with contextlib.suppress(certbot.Refused):
        certbot.obtain(SimpleNamespace(acme={**SETTINGS.acme, **known, **paths}, looks_at=SETTINGS.looks_at))
    return len((tmp_path / "runs").read_text().splitlines())


def test_a_run_that_ended_at_a_nonce_is_repeated_a_few_times(tmp_path):
    """certbot repeats a request once; an authority that is busy may refuse the second nonce too."""
    repeated = f"{certbot.REPEATED}\n"
    folders = [tmp_path / name for name in "abcde"]
    for folder in folders:
        folder.mkdir()
    assert ended(folders[0], 1, REFUSED_NONCE + repeated + REFUSED_NONCE) == 2
    assert ended(folders[1], 9, REFUSED_NONCE + repeated + REFUSED_NONCE) == 1 + certbot.MORE_RUNS
    assert "badNonce: not this one" in str(certbot.refusal(SETTINGS, "", *certbot.problem(folders[1])))
    assert ended(folders[2], 9, REFUSED_NONCE + repeated) == 1, "that one was taken at last"
    assert ended(folders[3], 9, REFUSED_NONCE + REFUSED_NONCE.replace("badNonce", "rateLimited")) == 1
    assert ended(folders[4], 1, REFUSED_NONCE.replace("badNonce", "accountDoesNotExist")) == 2


def laid(folder: Path, name="registry.example.com", days=30, other_key=False, other_chain=False) -> Path:
    key, authority_key = x509.new_key(), x509.new_key()
    subject = x509.Subject(name, (name,))
    root = x509.authority(subject, 365, NOW, authority_key)
    begin = NOW if days > 0 else NOW - datetime.timedelta(days=10)
    leaf = x509.server(subject, abs(days), begin, key, x509.Issuer(root, authority_key))
    if other_chain:
        root = x509.authority(subject, 365, NOW, x509.new_key())
    chain = [it.public_bytes(Encoding.PEM).decode() for it in (leaf, root)]
    (folder / pair.CERTIFICATE).write_text("".join(chain))
    (folder / pair.KEY).write_text(x509.key_pem(x509.new_key() if other_key else key))
    return folder


def test_a_right_pair_is_described(tmp_path):
    found = pair.examined(laid(tmp_path), "registry.example.com")
    assert found.ends - found.begins == pytest.approx(30 * DAY, abs=2 * 3600)
    assert found.issuer == "registry.example.com"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "other.example.com"}, "Hostname mismatch"),
        ({"days": -1}, "expired"),
        ({"other_key": True}, "do not belong together"),
        ({"other_chain": True}, "is not right"),
    ],
)
def test_what_is_wrong_with_a_pair_is_said(tmp_path, wrong, said):
    with pytest.raises(OpsError, match=said):
        pair.examined(laid(tmp_path, **wrong), "registry.example.com")


@pytest.mark.parametrize(
    ("left", "life", "error", "there", "status"),
    [
        (60, 90, "", True, "ok"),
        (60, 90, "; the last renewal failed: x", True, "warning"),
        (20, 90, "", True, "warning"),
        (6.9, 90, "", True, "failure"),
        (1.0, 6, "", True, "warning"),
        (4.0, 6, "", True, "ok"),
        (0.4, 6, "", True, "failure"),
        (300, 397, "", False, "warning"),
        (300, 397, "; the last renewal failed: x", False, "failure"),
    ],
)
def test_days_left_are_judged_by_how_long_it_lives(monkeypatch, left, life, error, there, status):
    monkeypatch.setattr("dockyard.ops.certificate.time.time", lambda: (life - left) * DAY)
    found = judge_acme("registry.example.com", Shown(0.0, life * DAY, b""), error, there)
    assert found.status == status
    assert found.hint == ("" if status == "ok" else "dockyard certificate renew")
