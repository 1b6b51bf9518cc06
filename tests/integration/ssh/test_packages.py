"""Packages on another host: the real apt and the real dnf, each with a repository that the test has made there."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from dockyard.errors import DockyardError

from tests.support.far_host import FarHost

from .conftest import lab_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900), pytest.mark.xdist_group("ssh-packages")]
TOOLS = {"apt": ("dpkg-deb", "dpkg-scanpackages"), "dnf": ("rpm", "dnf", "rpmbuild", "createrepo_c")}
APT = """
set -e
mkdir -p /repo /tmp/light/DEBIAN /tmp/light/opt/light
echo lit > /tmp/light/opt/light/lamp
printf 'Package: harbour-light\\nVersion: 1\\nArchitecture: all\\nMaintainer: t <t@t>\\nDescription: of a test\\n' \\
  > /tmp/light/DEBIAN/control
printf '#!/bin/sh\\ninvoke-rc.d nothing start || true\\n' > /tmp/light/DEBIAN/postinst
chmod 755 /tmp/light/DEBIAN/postinst
dpkg-deb --build /tmp/light /repo/light.deb >/dev/null
cd /repo && dpkg-scanpackages . > Packages 2>/dev/null
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/* /usr/sbin/policy-rc.d
echo 'deb [trusted=yes] file:/repo ./' > /etc/apt/sources.list
"""
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
DNF = f"""
set -e
mkdir -p /repo /etc/yum.repos.d /var/lib/rpm
cat > /tmp/light.spec <<'END'
{SPEC}
END
rpmbuild -bb --define '_rpmdir /repo' /tmp/light.spec >/tmp/rpmbuild.log 2>&1
createrepo_c -q /repo
printf '[light]\\nname=light\\nbaseurl=file:///repo\\nenabled=1\\ngpgcheck=0\\n' > /etc/yum.repos.d/light.repo
rm -f /usr/bin/dpkg-query /usr/bin/apt-get /usr/sbin/policy-rc.d
"""
MAKE, ERASE = {"apt": APT, "dnf": DNF}, {"apt": ("dpkg", "--purge"), "dnf": ("rpm", "--erase")}


@pytest.fixture(params=["apt", "dnf"])
def of_packages(request: pytest.FixtureRequest, another: Callable[..., FarHost]) -> tuple[FarHost, str]:
    missing = [tool for tool in TOOLS[request.param] if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    host = another()
    host.run("sh", "-c", MAKE[request.param])
    return host, request.param


def test_what_is_missing_is_installed_once(of_packages: tuple[FarHost, str]) -> None:
    host, manager = of_packages
    lab = lab_on(host, "light", "deploy", sudo=True)
    changes: dict[str, Any] = {"packages": ("harbour-light",), "package_manager": manager}
    lab.up(**changes)
    assert host.path("/opt/light/lamp").read_text() == "lit\n"
    assert "installed packages harbour-light" in lab.lines
    assert not host.path("/usr/sbin/policy-rc.d").exists()
    assert lab.up(**changes).changes == {}
    host.run(*ERASE[manager], "harbour-light")
    assert "packages" in lab.up(**changes).changes
    assert lab.up(**changes).changes == {}
    lab.down()
    assert any(f"to remove them: {manager} remove harbour-light" in line for line in lab.lines)
    with pytest.raises(DockyardError, match=rf"{manager}\.packages failed:(?s:.*)no-such-light"):
        lab_on(host, "none").up(packages=("no-such-light",), package_manager=manager)


def test_another_kind_of_packages_is_told(another: Callable[..., FarHost]) -> None:
    host = another()
    host.run("rm", "-f", "/usr/bin/dpkg-query")
    with pytest.raises(DockyardError, match=r"this host has no dpkg-query\nhint: .*`packages: dnf`"):
        lab_on(host, "kind").up(packages=("nginx",))
