"""Who reaches a port that a real Docker daemon publishes, with the rules and the forwarding of its own."""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.firewall.conftest import ALLOWED, EVERYBODY, OTHERS, PORT, SERVER4, SERVER6
from tests.integration.firewall.published import Published, published
from tests.support.instance import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("published")]
INTRUDE = """
import socket, sys
while True:
    for source in sys.argv[4:]:
        target = sys.argv[2] if ":" in source else sys.argv[1]
        try:
            socket.create_connection((target, int(sys.argv[3])), 0.2, (source, 0)).close()
            print(source, flush=True)
        except OSError:
            pass
"""
ASK = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), source_address=(sys.argv[3], 0))
for line in sys.stdin:
    connection.request("GET", "/v2/")
    answer = connection.getresponse()
    answer.read()
    print(answer.status, flush=True)
"""
CURL = ("curl", "--silent", "--globoff", "--max-time", "10", "--output", "/dev/null")


@pytest.fixture(
    scope="module", params=[(True, "nft"), (False, "legacy")], ids=["proxy-nft", "no-proxy-legacy"]
)
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """With Docker's program that forwards connections, and without it; with either kernel interface below its iptables."""
    with published(tmp_path_factory.mktemp("docker"), *request.param) as made:
        yield made


@contextmanager
def closed(host: Published, *more: str) -> Iterator[None]:
    """With the firewall; open again afterwards."""
    host.net.configure((*ALLOWED, *more))
    service = host.net.firewall()
    try:
        yield
    finally:
        service.terminate()
        service.communicate(timeout=60)
    # Docker makes its ways to a container anew for a moment after that has been given another network.
    wait_until(lambda: host.net.passing() == set(EVERYBODY), "the port to be open to everybody")


@contextmanager
def nobody_gets_in(host: Published) -> Iterator[None]:
    """Others try it all the time."""
    command = [sys.executable, "-c", INTRUDE, SERVER4, SERVER6, str(PORT), *OTHERS]
    inside = ["ip", "netns", "exec", host.net.clients, *command]
    intruder = subprocess.Popen(inside, stdout=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        intruder.kill()
        said = intruder.communicate()[0]
    assert said == ""


def inside_passes(host: Published, address: str) -> bool:
    """Whether the host reaches its own port."""
    command = host.net.inside(*CURL, f"http://{address}:{PORT}/v2/")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_port_is_closed_to_others_and_dockers_rules_stay_as_they_are(host: Published) -> None:
    before = host.rules()
    assert any("DNAT" in line and str(PORT) in line for line in before)
    with closed(host):
        assert host.net.passing() == set(ALLOWED)
        assert all(inside_passes(host, own) for own in (SERVER4, f"[{SERVER6}]", "127.0.0.1"))
        assert host.rules() == before
    assert host.rules() == before


def test_containers_of_this_host_count_as_others(host: Published) -> None:
    asked = ("exec", "published", *CURL, f"http://{SERVER4}:{PORT}/v2/")
    subnet = host.daemon.said("network", "inspect", "bridge", "--format={{(index .IPAM.Config 0).Subnet}}")
    with closed(host):
        assert host.daemon.run(*asked).returncode == 28, "curl's number for a time that is over"
    with closed(host, subnet):
        assert host.daemon.run(*asked).returncode == 0


def test_connections_that_were_there_before_stop(host: Published) -> None:
    """Docker's rules let through whatever belongs to a connection; the other end's repeats prove that nothing was lost but the way."""
    target = {"4": SERVER4, "6": SERVER6}
    talks = {}
    for source in EVERYBODY:
        command = [sys.executable, "-c", ASK, target["6" if ":" in source else "4"], str(PORT), source]
        inside = ["ip", "netns", "exec", host.net.clients, *command]
        talks[source] = subprocess.Popen(inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        host.net.started.append(talks[source])
        assert ask(talks[source]) == "200\n"
    with closed(host):
        assert [ask(talks[source]) for source in ALLOWED] == ["200\n"] * 2
        for count, source in enumerate(OTHERS):
            before = host.net.ops("firewall-status")["dropped"]
            assert count == 0 or before > 0
            say(talks[source])
            wait_until(lambda before=before: host.net.ops("firewall-status")["dropped"] > before, "drops")
        assert select.select([talks[source].stdout for source in OTHERS], [], [], 0)[0] == []
    assert [heard(talks[source]) for source in OTHERS] == ["200\n"] * 2


def say(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


def ask(process: "subprocess.Popen[str]") -> str:
    say(process)
    return heard(process)


def test_it_holds_while_docker_ends_is_killed_starts_and_makes_networks(host: Published) -> None:
    with closed(host), nobody_gets_in(host):
        for stop in (host.daemon.end, host.daemon.kill):
            stop()
            host.daemon.start()
            wait_until(lambda: host.net.passing() == set(ALLOWED), "the published port")
        host.daemon.said("network", "create", "another")
        host.daemon.said("network", "connect", "another", "published")
        wait_until(lambda: host.net.passing() == set(ALLOWED), "the port beside another network")
        assert host.net.ops("firewall-status")["dropped"] > 0


def test_it_holds_when_all_rules_were_flushed_and_docker_makes_its_own_anew(host: Published) -> None:
    with closed(host):
        subprocess.run(host.net.inside("nft", "flush", "ruleset"), check=True)
        host.flush()
        wait_until(lambda: "chain registry" in host.net.ruleset(), "the rules")
        with nobody_gets_in(host):
            assert not any("DNAT" in line for line in host.rules())
            host.daemon.end()
            host.daemon.start()
            wait_until(lambda: host.net.passing() == set(ALLOWED), "the published port")
        found = {it["name"]: it["status"] for it in host.net.ops("doctor")["checks"]}
        assert found["firewall"] == "ok"


def test_rules_that_nobody_confirms_are_taken_back_and_dockers_stay(host: Published) -> None:
    before = host.rules()
    host.net.configure(OTHERS, confirm_seconds=2)
    service = host.net.firewall()
    wait_until(lambda: "chain registry" not in host.net.ruleset(), "what was before: nothing")
    assert host.net.passing() == set(EVERYBODY)
    assert host.rules() == before
    service.terminate()
    service.communicate(timeout=60)
