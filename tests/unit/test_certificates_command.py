"""What `up` says of a certificate by ACME, and its status for people."""

import pytest
from dockyard.cli import certificates, operations
from dockyard.errors import DockyardError

FOUND = {"domain": "r.example.com", "issuer": "CA", "ends": "2027-01-01 00:00 UTC", "days": 40, "error": ""}


@pytest.fixture
def host(monkeypatch):
    """A host that answers; what it answers to `certificate` may be an error."""
    answers = {"certificate": FOUND, "certificate-status": FOUND}

    def result(place, command, options=()):
        if isinstance(answers[command], DockyardError):
            raise answers[command]
        return operations.Result(answers[command], 0)

    monkeypatch.setattr(certificates, "has_file", lambda *_: True)
    monkeypatch.setattr(operations, "find", lambda *_: operations.Place("/x/ops/config.json"))
    monkeypatch.setattr(operations, "result", result)
    return answers


def test_up_ends_with_the_certificate(host, capsys):
    certificates.after_up(None, "prod", "embedded")
    assert "r.example.com: a certificate by CA, valid until 2027-01-01" in capsys.readouterr().out


def test_a_renewal_that_fails_is_a_warning_while_the_certificate_is_valid(host, capsys):
    host["certificate"] = DockyardError("refused", "do this")
    certificates.after_up(None, "prod", "embedded")
    assert "warning: refused; the certificate is valid for 40 more days" in capsys.readouterr().err


@pytest.mark.parametrize("days", [None, -1])
def test_without_a_valid_one_it_fails_with_what_to_do(host, days):
    host["certificate"] = DockyardError("refused", "do this")
    host["certificate-status"] = {**FOUND, "days": days}
    with pytest.raises(DockyardError) as failed:
        certificates.after_up(None, "prod", "embedded")
    assert str(failed.value).splitlines() == [
        "refused",
        "hint: do this",
        "hint: the host tries again by itself; by hand: dockyard certificate renew -s prod",
    ]


def test_the_status_is_a_sentence():
    assert certificates.described(FOUND).startswith("r.example.com: by CA, valid until")
    failed = {**FOUND, "error": "refused", "next_try": "2026-12-01 00:00 UTC"}
    assert "the last renewal failed: refused" in certificates.described(failed)
    assert "none has come by ACME yet" in certificates.described({"domain": "r", "error": ""})
    assert certificates.described({"domain": "r", "text": "it was given"}) == "r: it was given"
