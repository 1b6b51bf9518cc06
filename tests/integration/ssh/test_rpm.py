"""A host of RPMs: the real rpm and dnf, on a throw-away host without dpkg, with a repository of its own."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from dockyard.errors import DockyardError

from tests.support.far_host import FarHost, far_host, missing

from .conftest import lab_on

TOOLS = ("rpm", "dnf", "rpmbuild", "createrepo_c")
needs = missing() or ", ".join(f"not installed: {tool}" for tool in TOOLS if not shutil.which(tool))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("ssh-rpm"),
    pytest.mark.skipif(bool(needs), reason=needs),
]
SPEC = """
Name: harbour-light
Version: 1
Release: 1
Summary: a package of a test
License: none
BuildArch: noarch
AutoReqProv: no
%description
A package of a test.
%install
mkdir -p %{buildroot}/opt/light
echo lit > %{buildroot}/opt/light/lamp
%files
/opt/light
"""
REPOSITORY = "[light]\\nname=light\\nbaseurl=file:///repo\\nenabled=1\\ngpgcheck=0\\n"
MAKE = f"""
set -e
mkdir -p /repo /etc/yum.repos.d /var/lib/rpm
cat > /tmp/light.spec <<'END'
{SPEC}
END
rpmbuild -bb --define '_rpmdir /repo' /tmp/light.spec >/tmp/rpmbuild.log 2>&1
createrepo_c -q /repo
printf '{REPOSITORY}' > /etc/yum.repos.d/light.repo
rm -f /usr/bin/dpkg-query /usr/bin/apt-get
"""


@pytest.fixture(scope="module")
def fedora() -> Iterator[FarHost]:
    with far_host() as made:
        made.run("sh", "-c", MAKE)
        yield made


def test_what_is_missing_is_installed_by_dnf_once(fedora: FarHost) -> None:
    lab = lab_on(fedora, "rpm", "deploy", sudo=True)
    changes: dict[str, Any] = {"packages": ("harbour-light",), "package_manager": "dnf"}
    lab.up(**changes)
    assert fedora.path("/opt/light/lamp").read_text() == "lit\n"
    assert "installed packages harbour-light" in lab.lines
    assert not fedora.path("/usr/sbin/policy-rc.d").exists() or "dockyard" not in fedora.run(
        "cat", "/usr/sbin/policy-rc.d"
    )
    assert lab.up(**changes).changes == {}
    fedora.run("rpm", "--erase", "harbour-light")
    assert "packages" in lab.up(**changes).changes
    assert lab.up(**changes).changes == {}
    lab.down()
    assert any("to remove them: dnf remove harbour-light" in line for line in lab.lines)


def test_a_package_that_there_is_not_is_told_with_dnf_s_words(fedora: FarHost) -> None:
    lab = lab_on(fedora, "none")
    with pytest.raises(DockyardError, match=r"dnf\.packages failed:(?s:.*)no-such-light"):
        lab.up(packages=("no-such-light",), package_manager="dnf")


def test_a_host_with_another_kind_of_packages_is_told(fedora: FarHost) -> None:
    lab = lab_on(fedora, "kind")
    with pytest.raises(DockyardError, match=r"this host has no dpkg-query\nhint: .*`packages: dnf`"):
        lab.up(packages=("nginx",))
