"""Certificates by ACME, from a real server: obtained, renewed beside pulls, refused, and killed in between."""

import signal
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.ops import results

from tests.support.acme import DOMAIN, Authority, authority, certified, client, shown
from tests.support.images import push_image
from tests.support.instance import wait_until
from tests.support.operations import Registry

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900), pytest.mark.xdist_group("acme")]


@pytest.fixture(scope="module")
def ca() -> Iterator[Authority]:
    with authority() as made:
        yield made


def certificate_check(registry: Registry) -> dict[str, str]:
    return next(it for it in registry.done("doctor")["checks"] if it["name"] == "certificate")


def served(registry: Registry) -> str:
    return Path(registry.instance.plan.paths.acme, "served.conf").read_text()


def obtained(registry: Registry) -> None:
    wait_until(lambda: results.last(registry.state, "certificate")["succeeded"], "a certificate", 300)


def test_it_comes_by_itself_is_kept_by_every_further_run_and_is_renewed_beside_pulls(ca: Authority) -> None:
    with certified(ca.certificate()) as registry:
        instance = registry.instance
        obtained(registry)
        before, laid, pid = shown(instance), served(registry), instance.pid("front/nginx.pid")
        assert ssl.PEM_cert_to_DER_cert(before) != ssl.PEM_cert_to_DER_cert(instance.material.certificate)
        again = registry.done("certificate")
        assert (again["renewed"], again["reloaded"]) == (False, False)
        assert served(registry) == laid
        assert certificate_check(registry)["status"] == "ok"

        with client(instance, ca.root()) as signed_in:
            image = push_image(signed_in, "team/app", "1", b"layer" * 1000)
            done, statuses = threading.Event(), []

            def pull() -> None:
                for _ in range(100_000):
                    if done.is_set():
                        return
                    with client(instance, ca.root()) as other:
                        found = other.get(f"/v2/team/app/blobs/{image.layer}")
                    statuses.append((found.status_code, found.content == image.content))

            thread = threading.Thread(target=pull)
            thread.start()
            wait_until(lambda: len(statuses) > 5, "pulls before the renewal")
            renewed = registry.done("certificate", "--force")
            count = len(statuses)
            wait_until(lambda: len(statuses) > count + 5, "pulls after it")
            done.set()
            thread.join()
        assert set(statuses) == {(200, True)}
        assert (renewed["renewed"], renewed["reloaded"]) == (True, True)
        assert shown(instance) != before
        assert instance.pid("front/nginx.pid") == pid, "reloaded, not restarted"
        assert secrets_of(registry) == [0o600]


def secrets_of(registry: Registry) -> list[int]:
    """Modes of every private key that anybody may find: one pair is left, and its folder is its owner's alone."""
    pairs = Path(registry.instance.plan.paths.acme, "pairs")
    assert stat.S_IMODE(pairs.stat().st_mode) == 0o700
    return [stat.S_IMODE(key.stat().st_mode) for key in pairs.rglob("private.key")]


def test_the_challenge_port_serves_nothing_else(ca: Authority) -> None:
    import httpx

    with certified(ca.certificate()) as registry:
        obtained(registry)
        secret = Path(registry.instance.plan.paths.acme, "challenges/.well-known/other")
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text("no answer")
        with httpx.Client(base_url=f"http://127.0.0.1:{ca.http_port}") as plain:
            away = plain.get("/v2/?n=1", headers={"Host": "elsewhere.example.org"})
            assert away.status_code == 308
            assert away.headers["Location"] == f"https://{registry.instance.plan.settings.host}/v2/?n=1"
            assert plain.get("/.well-known/acme-challenge/none").status_code == 404
            assert plain.get("/.well-known/acme-challenge/../other").status_code == 308
            assert plain.post("/.well-known/acme-challenge/none").status_code == 403


def test_it_comes_by_dns_and_what_the_hooks_are_given_is_shown_to_nobody(
    ca: Authority, tmp_path: Path
) -> None:
    token = "token-of-the-dns"
    with certified(ca.by_dns(tmp_path, environment={"TOKEN": token})) as registry:
        obtained(registry)
        with client(registry.instance, ca.root()) as signed_in:
            assert signed_in.get("/v2/").status_code == 200
        variables = registry.etc / "certbot.environment"
        assert stat.S_IMODE(variables.stat().st_mode) == 0o600
        (tmp_path / "auth").write_text("#!/bin/sh\necho the token is $TOKEN >&2; exit 3\n")
        before = shown(registry.instance)
        refused = registry.run("certificate", "--force")
        assert refused.code == 1
        assert "manual-auth-hook ended with 3" in refused.error
        assert str(tmp_path / "auth") in refused.hint
        assert shown(registry.instance) == before
        told = [path for path in registry.state.glob("*.json") if token in path.read_text()]
        assert (told, token in refused.error) == ([], False)


def test_what_fails_takes_nothing_away_is_told_by_the_doctor_and_waits_longer_each_time() -> None:
    with authority() as ca, certified(ca.certificate()) as registry:
        obtained(registry)
        before = shown(registry.instance)
        ca.stop()
        down = registry.run("certificate", "--force")
        assert down.code == 1
        assert ca.directory in down.error
        assert "curl" in down.hint
        pauses = [results.last(registry.state, "certificate")["pause"]]
        ca.start(reject=True)
        refused = registry.run("certificate", "--force")
        pauses.append(results.last(registry.state, "certificate")["pause"])
        assert refused.code == 1
        assert f"{DOMAIN} was not proven" in refused.error
        assert "port 80" in refused.hint
        assert shown(registry.instance) == before
        assert pauses == [900.0, 1800.0]
        told = certificate_check(registry)
        assert told["status"] == "warning"
        assert f"{DOMAIN} was not proven" in told["evidence"]
        assert told["hint"] == "dockyard certificate renew"
        assert registry.done("certificate")["renewed"] is False, "what is valid is kept, whatever failed"


def test_one_that_has_ended_is_named_and_renewed() -> None:
    with authority() as ca:
        ca.stop()
        ca.start(seconds=30)
        with certified(ca.certificate()) as registry:
            obtained(registry)
            laid = served(registry)
            wait_until(lambda: "expired" in certificate_check(registry)["evidence"], "its end", 120)
            told = certificate_check(registry)
            assert told["status"] == "failure"
            assert told["hint"] == "dockyard certificate renew"
            assert registry.done("certificate")["renewed"] is True
            assert served(registry) != laid


def test_killed_anywhere_it_leaves_what_works_and_the_next_run_ends_it(ca: Authority) -> None:
    with certified(ca.certificate()) as registry:
        obtained(registry)
        started = time.monotonic()
        registry.done("certificate", "--force")
        whole = time.monotonic() - started
        for part in (0.1, 0.4, 0.7, 0.9, 0.97):
            with registry.start("certificate", "--force") as process:
                time.sleep(whole * part)
                process.send_signal(signal.SIGKILL)
            with client(registry.instance, ca.root()) as signed_in:
                assert signed_in.get("/v2/").status_code == 200
        found = registry.done("certificate")
        assert certificate_check(registry)["status"] == "ok"
        assert found["issuer"].startswith("Pebble Intermediate")
        registry.done("certificate", "--force")
        assert len(list(Path(registry.instance.plan.paths.acme, "pairs").iterdir())) == 1


def test_a_front_that_was_not_told_is_told_by_the_next_run(ca: Authority) -> None:
    """As when it is killed between the new file and the signal."""
    with certified(ca.certificate()) as registry:
        obtained(registry)
        before = shown(registry.instance)
        run_file = Path(registry.instance.plan.paths.run, "front/launch")
        hidden = run_file.rename(run_file.with_suffix(".hidden"))
        assert registry.done("certificate", "--force")["reloaded"] is False
        hidden.rename(run_file)
        assert shown(registry.instance) == before
        assert certificate_check(registry)["status"] == "failure"
        found = registry.done("certificate")
        assert (found["renewed"], found["reloaded"]) == (False, True)
        assert shown(registry.instance) != before


def test_an_authority_that_binds_accounts_is_given_the_binding() -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    with authority(externalAccountBindingRequired=True, externalAccountMACKeys={"kid-1": key}) as ca:
        binding = {"key_id": "kid-1", "hmac_key": key}
        with certified(ca.certificate(binding=binding)) as registry:
            obtained(registry)
            assert stat.S_IMODE((registry.etc / "certbot.ini").stat().st_mode) == 0o600
