"""What the port speaks, and a client of somebody else's making."""

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.integration.front.conftest import Front
from tests.support.instance import PASSWORDS
from tests.support.wire import receive

pytestmark = pytest.mark.integration


def handshake(front: Front, version: ssl.TLSVersion) -> str | None:
    context = ssl.create_default_context(cafile=str(front.instance.authority))
    # The client's own refusal of old versions would hide the server's.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    place = ("127.0.0.1", front.instance.plan.settings.port)
    with (
        socket.create_connection(place, timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return connection.version()


def test_plain_http_is_told_to_speak_https(front: Front) -> None:
    place = ("127.0.0.1", front.instance.plan.settings.port)
    with socket.create_connection(place, timeout=30) as connection:
        connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic eDp5\r\n\r\n")
        answer = receive(connection)
    assert answer.status == 421
    assert answer.code == "UNSUPPORTED"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(front: Front, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert|version|protocol"):
        handshake(front, version)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions_of_tls_are_spoken(front: Front, version: ssl.TLSVersion) -> None:
    assert handshake(front, version) == {771: "TLSv1.2", 772: "TLSv1.3"}[version.value]


def test_the_server_says_no_version_of_itself(front: Front) -> None:
    for target in ("/healthz", "/v2/", "/"):
        assert front.wire().ask("GET", target).headers["Server"] == "nginx"


def test_strict_transport_security_is_not_imposed_on_localhost(front: Front) -> None:
    """It would hold for every other port of the developer's machine."""
    assert "Strict-Transport-Security" not in front.wire().ask("GET", "/v2/").headers


@pytest.mark.skipif(not shutil.which("skopeo"), reason="not installed: skopeo")
def test_skopeo_copies_an_image_in_and_out(front: Front, tmp_path: Path) -> None:
    image, host = front.images["pub/app"], front.instance.plan.settings.host
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    shutil.copy(front.instance.authority, certificates / "ca.crt")
    source = ["--src-cert-dir", str(certificates), "--src-creds", f"reader:{PASSWORDS['reader']}"]
    target = ["--dest-cert-dir", str(certificates), "--dest-creds", f"team:{PASSWORDS['team']}"]
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    skopeo = ["skopeo", "--policy", str(policy)]

    def run(*arguments: str) -> str:
        done = subprocess.run([*skopeo, *arguments], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    there, here = f"docker://{host}/pub/app:1", f"docker://{host}/team/copy:2"
    inspect = ["--cert-dir", str(certificates), "--creds", f"reader:{PASSWORDS['reader']}"]
    assert image.layer in run("inspect", "--raw", *inspect, there)
    run("copy", "--preserve-digests", *source, *target, there, here)
    run("copy", *source[:2], "--src-creds", f"team:{PASSWORDS['team']}", here, f"dir:{tmp_path}/image")
    assert (tmp_path / "image" / image.layer.removeprefix("sha256:")).read_bytes() == image.content
    forbidden = subprocess.run(
        [*skopeo, "inspect", *inspect, f"docker://{host}/secret/app:1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert forbidden.returncode != 0
    assert "denied" in forbidden.stderr
