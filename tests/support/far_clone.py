"""A clone of this project whose registry is on a throw-away host."""

import json
import ssl
from typing import Any

import httpx

from tests.support.clone import Clone
from tests.support.far_host import FarHost
from tests.support.images import push_image

LASTING = (
    "nginx: master",
    "registry serve",
    "supervisor.supervisord",
    "ops.pyz keep",
    "ops.pyz watch",
)
BY_HAND = {"everyHours": 0, "checkEveryDays": 0, "drillEveryDays": 0}
CAMEL = {"host_key": "hostKey", "sudo_password": "sudoPassword"}


class FarClone(Clone):
    """A clone whose registry is on a throw-away host."""

    def __init__(self, folder: Any, host: FarHost, user: str, **target: Any) -> None:
        super().__init__(folder)
        self.host = host
        ssh = {CAMEL.get(key, key): value for key, value in host.target(user, **target)["ssh"].items()}
        self.settings |= {
            "domain": host.address,
            "listen": [host.address],
            "port": 8443,
            "runtime": "supervisor",
            "upkeep": {"gcEveryDays": 0, "retentionEveryDays": 0},
            "target": {"ssh": ssh},
        }

    def client(self, user: str = "ci") -> httpx.Client:
        outputs = self.outputs()
        trust = ssl.create_default_context(cadata=outputs["caCertificate"])
        return httpx.Client(
            base_url=f"https://{outputs['host']}",
            auth=(user, outputs["users"][user]),
            verify=trust,
            timeout=60,
        )

    def services(self) -> dict[int, str]:
        """What runs there for it all the time: NGINX's workers come and go with reloads, jobs with the clock.

        A job that was begun just now has its parent's command line still.
        """
        found: dict[str, int] = {}
        for pid, text in sorted(self.host.processes(self.name).items()):
            if any(part in text for part in LASTING):
                found.setdefault(text, pid)
        return {pid: text for text, pid in found.items()}

    def state(self) -> str:
        """The resources as they are kept. The history has a copy of the stack's own configuration, as it stands there."""
        (file,) = (self.root / ".state" / ".pulumi" / "stacks").rglob("local.json")
        return json.dumps(json.loads(file.read_text())["checkpoint"]["latest"]["resources"])

    def told(self, *words: str, ok: bool = True) -> dict[str, Any]:
        """What a command says in JSON."""
        found: dict[str, Any] = json.loads(self.dockyard(*words, "-s", "local", "--json", ok=ok).stdout)
        return found


def see_every_operation(clone: FarClone) -> None:
    """Each is run once, on the registry's host, and does there what it is for."""
    clone.settings |= {
        "backup": BY_HAND,
        "retention": {"rules": {"dev": {"tags": ["dev-*"], "keepLast": 1}}},
        "scrub": {"everyDays": 0},
    }
    clone.up()
    with clone.client() as client:
        for number in range(3):
            push_image(client, "team/ops", f"dev-{number}", f"layer {number}".encode())
        backup = clone.dockyard("backup", "-s", "local")
        assert "snapshot" in backup.stdout
        told = clone.told("retention", "run")
        assert sorted(image["tags"] for image in told["images"]) == [["dev-0"], ["dev-1"]]
        assert client.get("/v2/team/ops/tags/list").json()["tags"] == ["dev-2"]
    found = clone.told("gc")
    assert (found["blobs_freed"] > 0, found["broken"]) == (True, [])
    assert clone.told("scrub")["broken"] == clone.told("drill")["broken"] == []
    clone.dockyard("restore", "-s", "local", "--to", "/srv/restored")
    assert clone.host.path("/srv/restored").is_dir()
    refused = clone.dockyard("restore", "-s", "local", "--to", "restored", ok=False)
    assert "restored is no absolute path" in refused.stderr
    checks = clone.told("doctor", ok=False)["checks"]
    assert [check for check in checks if check["status"] == "failure"] == []
    assert "ci: push **" in clone.dockyard("users", "list", "-s", "local").stdout
    assert "team/ops:dev-2 (sha256:" in clone.dockyard("audit", "-s", "local").stdout
    report = clone.told("report")
    assert (report["backs_up"], report["tags"]) == (True, 1)
    assert "it is of the own authority" in clone.dockyard("certificate", "status", "-s", "local").stdout
