"""The setting `firewall`."""

import shutil
import subprocess

import pytest
from dockyard.errors import DockyardError, ProblemsError
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.firewall import rules, table_name
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

BASE = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}
ROOT = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python="/venv/python")


def read(*allow_from, **more):
    return read_settings({**BASE, "firewall": {"allow_from": list(allow_from), **more}}, "test")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["10.0.0.1/8"], "firewall/allow_from/0: is no network"),
        (["0.0.0.0/0"], "firewall/allow_from/0: is everybody"),
        (["10.0.0.1", "::/0"], "firewall/allow_from/1: is everybody"),
        (["::ffff:10.0.0.1"], "firewall/allow_from/0: is an IPv4 address in IPv6's form"),
        (["registry.example.com"], "firewall/allow_from/0: is no network"),
        ([], "firewall/allow_from: must name at least one network"),
    ],
)
def test_what_is_no_network_or_everybody_is_refused(wrong, said):
    with pytest.raises(ProblemsError) as refused:
        read(*wrong)
    assert said in str(refused.value)


def test_only_root_can_have_one():
    user = HostFacts(
        root=False, systemd=False, memory_dir="/dev/shm", state_dir="/state", python="/venv/python"
    )
    with pytest.raises(DockyardError, match="firewall: only root"):
        render(Plan(read("10.0.0.0/8"), user, "main"))


def test_nftables_is_needed_only_where_it_is_set():
    with_it = render(Plan(read("10.0.0.0/8"), ROOT, "main"))
    without = render(Plan(read_settings(BASE, "test"), ROOT, "main"))
    assert ("nftables" in with_it.packages, "nftables" in without.packages) == (True, False)
    assert ("/usr/sbin/nft" in with_it.requires.binaries, "/usr/sbin/nft" in without.requires.binaries) == (
        True,
        False,
    )


def test_the_port_is_never_open_before_its_rules():
    bundle = render(Plan(read("10.0.0.0/8"), ROOT, "main"))
    names = [service.name for service in bundle.services]
    assert names.index("dockyard-main-firewall") < names.index("dockyard-main-front")
    front = bundle.files["/etc/systemd/system/dockyard-main-front.service"].content
    assert (
        "After=network-online.target dockyard-main-registry.service dockyard-main-firewall.service" in front
    )
    unit = bundle.files["/etc/systemd/system/dockyard-main-firewall.service"].content
    assert "After=network-online.target nftables.service\n" in unit
    assert "Type=notify\n" in unit
    assert "Type=exec\n" in front
    assert "AF_NETLINK" in unit
    assert "AF_NETLINK" not in front


def test_instances_whose_names_look_alike_have_tables_of_their_own():
    assert len({table_name(name) for name in ("a-b", "a_b", "a.b")}) == 3


@pytest.mark.skipif(not shutil.which("nft", path="/usr/sbin:/sbin"), reason="not installed: nft")
@pytest.mark.parametrize("allowed", [["10.0.0.0/8"], ["2001:db8::1"], ["10.0.0.0/8", "10.1.0.0/16", "::1"]])
def test_nft_takes_the_rules(allowed):
    firewall = read(*allowed).firewall
    text = rules(firewall, "main", 443)
    done = subprocess.run(
        ["/usr/sbin/nft", "-c", "-f", "-"], input=text, capture_output=True, text=True, check=False
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft needs root to check rules")
    assert (done.returncode, done.stderr) == (0, "")
