"""What each check of the doctor says of plain readings."""

import datetime
import socket

import httpx
import pytest
from dockyard.doctor import addresses, certificate, connect, images, login, protocol, proxies, skew, uploads
from dockyard.doctor.certificate import Certificate
from dockyard.doctor.target import Target

TARGET = Target("registry.example.com", 5000, "ci", "secret", typed="dockyard doctor -s prod")
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def leaf(
    begin: float = -10, end: float = 60, names: tuple[str, ...] = ("registry.example.com",)
) -> Certificate:
    day = datetime.timedelta(days=1)
    return Certificate("registry.example.com", "An authority", names, NOW + begin * day, NOW + end * day)


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        (leaf(), "ok", "60 days left"),
        (leaf(end=13), "warning", "13 days left"),
        (leaf(end=-2), "failure", "ended 2 days ago"),
        (leaf(begin=3), "failure", "begins in 3 days"),
    ],
)
def test_the_dates_of_a_certificate(found, status, told):
    verdict = certificate.judge_dates(TARGET, found, NOW)
    assert (verdict.status, told in verdict.evidence) == (status, True)


def test_the_dates_above_a_certificate_count_too():
    verdict = certificate.judge_dates(TARGET, leaf(), NOW, "certificate has expired")
    assert (verdict.status, "above registry.example.com" in verdict.evidence) == ("failure", True)


@pytest.mark.parametrize(
    ("name", "host", "does"),
    [
        ("a.example.com", "A.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.com", "example.com", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8:0::1", True),
        ("*.example.com", "192.0.2.1", False),
    ],
)
def test_a_star_stands_for_one_label(name, host, does):
    assert certificate.covers(name, host) is does


def test_a_common_name_alone_names_nobody():
    verdict = certificate.judge_name(TARGET, leaf(names=()))
    assert (verdict.status, "common name" in verdict.evidence) == ("failure", True)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("self-signed certificate", "self-signed"),
        ("unable to get local issuer certificate", "not sent"),
        ("permitted subtree violation", "permitted subtree violation"),
    ],
)
def test_why_a_chain_is_not_trusted(reason, told):
    assert told in certificate.judge_chain(TARGET, leaf(), reason).evidence


@pytest.mark.parametrize(
    ("found", "here", "status"),
    [
        (["192.0.2.1", "2001:db8::1"], False, "ok"),
        (["127.0.0.1"], True, "ok"),
        (["127.0.1.1"], False, "warning"),
        (["10.0.0.1", "8.8.8.8"], False, "warning"),
        ([str(addresses.ipaddress.IPv4Address(0))], False, "failure"),
        (["fe80::1%eth0"], False, "ok"),
    ],
)
def test_addresses_are_judged_by_who_reaches_them(found, here, status):
    assert addresses.judge("registry.example.com", found, here).status == status


def test_a_name_that_is_not_there_is_another_cause_than_no_name_server():
    gone = addresses.judge_error(
        "a.example.com", socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    )
    mute = addresses.judge_error("a.example.com", socket.gaierror(socket.EAI_AGAIN, "Temporary failure"))
    assert "does not resolve" in gone.evidence
    assert "no name server answers" in mute.evidence


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        ({"192.0.2.1": ("", 0.1)}, "ok", "100 ms"),
        ({"192.0.2.1": ("", 0.1), "2001:db8::1": (connect.UNREACHABLE, 0.0)}, "warning", "no way there"),
        ({"127.0.0.1": ("", 0.1), "::1": (connect.REFUSED, 0.0)}, "ok", "clients go on"),
        ({"192.0.2.1": ("", 0.1), "192.0.2.2": (connect.REFUSED, 0.0)}, "warning", "refused"),
        ({"192.0.2.1": (connect.REFUSED, 0.0)}, "failure", "nobody listens"),
        ({"192.0.2.1": (connect.SILENT, 5.0)}, "failure", "drops it"),
        ({"2001:db8::1": (connect.UNREACHABLE, 0.0)}, "failure", "no route"),
    ],
)
def test_connections_are_judged_together(found, status, told):
    verdict = connect.judge("registry.example.com", 5000, found)
    assert (verdict.status, told in verdict.evidence) == (status, True), verdict
    assert bool(verdict.hint) == (status != "ok")


@pytest.mark.parametrize(
    ("apart", "status"), [(0, "ok"), (5, "ok"), (-30, "warning"), (61, "failure"), (-86400, "failure")]
)
def test_clocks_are_judged_by_the_leeway_of_tokens(apart, status):
    now = 1_800_000_000.0
    header = datetime.datetime.fromtimestamp(now + apart, datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert skew.judge(TARGET, header, now).status == status


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_an_answer_without_a_date_says_nothing_of_clocks(header):
    assert skew.judge(TARGET, header, 0.0).status == "skipped"


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({}, "ok"),
        ({"HTTPS_PROXY": "http://user:word@proxy:3128"}, "warning"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.0/8,.example.com"}, "ok"),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "ample.com"}, "warning"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "ok"),
    ],
)
def test_a_proxy_that_takes_the_host_is_told_without_its_password(environment, status):
    verdict = proxies.judge(environment, "registry.example.com", False)
    assert verdict.status == status
    assert "word" not in verdict.evidence


@pytest.mark.parametrize(
    ("host", "excluded", "does"),
    [
        ("localhost", "", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "192.0.2.1", False),
        ("a.example.com", "example.com:443", True),
        ("a.example.com", "*", True),
        ("a.example.com", " ,b.example.com", False),
    ],
)
def test_no_proxy_is_read_as_go_reads_it(host, excluded, does):
    assert proxies.bypassed(host, excluded) is does


def answer(status: int, text: str = "{}", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, text=text, headers=named, request=httpx.Request("GET", f"{TARGET.url}/v2/"))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (answer(200, Docker_Distribution_Api_Version="registry/2.0"), "ok"),
        (answer(401, WWW_Authenticate='Basic realm="x"'), "ok"),
        (answer(401, "<html>", WWW_Authenticate='Basic realm="x"', Content_Type="text/html"), "ok"),
        (answer(401), "failure"),
        (answer(404), "failure"),
        (answer(200, Docker_Distribution_Api_Version="registry/1.0"), "failure"),
        (answer(307, Location="https://b.example.com/v2/"), "failure"),
    ],
)
def test_what_answers_is_a_registry_or_not(given, status):
    assert protocol.judge(TARGET, given, 0.01).status == status


def test_a_slow_first_byte_is_a_warning():
    assert protocol.judge(TARGET, answer(200), 6.0).status == "warning"


@pytest.mark.parametrize(
    ("remaining", "status"), [("100;w=21600", "ok"), ("9;w=21600", "warning"), ("many", "skipped")]
)
def test_what_is_left_of_a_rate_limit(remaining, status):
    given = answer(200, RateLimit_Limit="100;w=21600", RateLimit_Remaining=remaining)
    assert protocol.judge_limit([answer(200), given]).status == status


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("/v2/a/blobs/uploads/1", ""),
        ("https://registry.example.com:5000/v2/a/blobs/uploads/1", ""),
        ("https://registry.example.com/v2/a/blobs/uploads/1", "port 443"),
        ("http://registry.example.com:5000/v2/a/blobs/uploads/1", "scheme http"),
        ("https://10.0.0.1:5000/v2/a/blobs/uploads/1", "host 10.0.0.1"),
        ("", "without a Location"),
        ("https://a:port/x", "no address"),
    ],
)
def test_where_an_upload_goes_on(location, told):
    verdict = uploads.judge_location(TARGET, location)
    assert (verdict.status == "ok") == (told == "")
    assert told in verdict.evidence


def test_what_a_server_calls_things_never_stands_in_a_command_unless_it_is_a_name():
    hostile = httpx.Response(200, json={"tags": ["1.0; reboot", "$(reboot)", "-x", 7, "1.0"]})
    assert images.names(hostile, "tags") == ["1.0"]
    named = certificate.judge_name(TARGET, leaf(names=("a.example.com; reboot", "*.b.example.com")))
    assert named.hint == "dockyard doctor -s prod --trace"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, "signed in as ci"),
        (401, "refuses ci"),
        (403, "forbids it"),
        (429, "too many"),
        (500, "answers 500"),
    ],
)
def test_a_login_is_judged_by_its_answer(status, told):
    verdict = login.judge(TARGET, answer(status))
    assert told in verdict.evidence
    assert "secret" not in verdict.evidence + verdict.hint
