"""What the host needs for a certificate by ACME: the front's answer to the authority, certbot's secrets, the operations' settings."""

import glob
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from dockyard.self_hosted.acme import Acme
from dockyard.self_hosted.bundle import Directory, File, Runtime
from dockyard.self_hosted.settings import GivenCertificate
from dockyard.self_hosted.storage import hidden_from_units

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

LOOK_SECONDS = 3600
"""How often it is looked whether a renewal is due. Looking asks nobody."""
BINDING, ENVIRONMENT = "certbot.ini", "certbot.environment"
SECRETS = (BINDING, ENVIRONMENT)


def acme_of(plan: "Plan") -> Acme | None:
    certificate = plan.settings.certificate
    return certificate if isinstance(certificate, Acme) else None


def certificate_kind(plan: "Plan") -> str:
    """own, given or acme: what the doctor tells to do depends on it."""
    certificate = plan.settings.certificate
    return {GivenCertificate: "given", Acme: "acme"}.get(type(certificate), "own")


def served_pattern(plan: "Plan") -> str:
    """A pattern of the file that names the pair to serve: NGINX starts where a pattern finds nothing; "" without ACME."""
    if acme_of(plan) is None:
        return ""
    return glob.escape(plan.paths.acme.replace("\\", "\\\\")) + "/served[.]conf"


def challenge_addresses(plan: "Plan") -> tuple[str, ...]:
    """`address:port` of each address that answers http-01."""
    acme = acme_of(plan)
    if acme is None or not acme.over_http:
        return ()
    port = acme.http_port
    return tuple(f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}" for ip in plan.settings.listen)


def challenge_values(plan: "Plan") -> dict[str, object]:
    addresses = challenge_addresses(plan)
    if not addresses:
        return {}
    return {"listen": addresses, "folder": challenges(plan), "host": plan.settings.host}


def challenges(plan: "Plan") -> str:
    return f"{plan.paths.acme}/challenges"


def pairs(plan: "Plan") -> str:
    return f"{plan.paths.acme}/pairs"


def acme_directories(plan: "Plan") -> dict[str, Directory]:
    """Keys and accounts are in folders that only their owner enters; NGINX's workers read the answers.

    In a container no process of NGINX is root's: there the pairs in it are its account's.
    """
    if acme_of(plan) is None:
        return {}
    root, mode, reader = plan.root_account, 0o711 if plan.facts.root else 0o700, _reader(plan)
    read = Directory(0o750, root, reader)
    return {
        plan.paths.acme: read if reader else Directory(mode, root, root),
        challenges(plan): Directory(0o755, root, root),
        pairs(plan): read if reader else Directory(0o700, root, root),
    }


def _reader(plan: "Plan") -> str:
    """Whose the keys are in place of root's; "" for nobody's."""
    return (plan.front_account or "") if plan.compose else ""


def acme_files(plan: "Plan") -> dict[str, File]:
    acme, root, folder = acme_of(plan), plan.root_account, f"{plan.paths.etc}/ops"
    if acme is None:
        return {}
    secret = File("", 0o600, root, root, secret=True)
    trusted = {trusted_file(plan): File(acme.trusted_ca.strip() + "\n", 0o644, root, root)}
    return {**{f"{folder}/{name}": secret for name in SECRETS}, **(trusted if acme.trusted_ca else {})}


def trusted_file(plan: "Plan") -> str:
    return f"{plan.paths.etc}/ops/trusted_ca.pem"


def acme_secrets(plan: "Plan", environment: Mapping[str, str], binding: Mapping[str, str]) -> dict[str, str]:
    """Path to content of the secret files."""
    if acme_of(plan) is None:
        return {}
    bound = f"eab-kid = {binding['key_id']}\neab-hmac-key = {binding['hmac_key']}\n" if binding else ""
    variables = "".join(f"{name}={environment[name]}\n" for name in sorted(environment))
    folder = f"{plan.paths.etc}/ops"
    return {f"{folder}/{BINDING}": bound, f"{folder}/{ENVIRONMENT}": variables}


def acme_secret_owners(plan: "Plan") -> dict[str, str]:
    if acme_of(plan) is None:
        return {}
    places = [pairs(plan), *(f"{plan.paths.etc}/ops/{name}" for name in SECRETS)]
    return dict.fromkeys(places, plan.root_account or "")


def acme_configuration(plan: "Plan") -> dict[str, object]:
    """As `dockyard.ops.acme` reads it; nothing without ACME."""
    acme = acme_of(plan)
    if acme is None:
        return {}
    return {
        "acme": {
            "server": acme.server,
            "email": acme.email,
            "challenge": acme.challenge,
            "answers": list(challenge_addresses(plan)),
            "auth_hook": acme.auth_hook,
            "cleanup_hook": acme.cleanup_hook,
            "certbot": plan.facts.certbot,
            "folder": plan.paths.acme,
            **({"reader": _reader(plan)} if _reader(plan) else {}),
            "binding": f"{plan.paths.etc}/ops/{BINDING}",
            "environment": f"{plan.paths.etc}/ops/{ENVIRONMENT}",
            "trusted_ca": trusted_file(plan) if acme.trusted_ca else "",
        }
    }


def acme_periods(plan: "Plan") -> dict[str, int]:
    return {"certificate": LOOK_SECONDS} if acme_of(plan) else {}


def refuse_hidden_hooks(plan: "Plan") -> None:
    """Raises DockyardError."""
    acme = acme_of(plan)
    hidden = [hook for hook in acme.hooks if hidden_from_units(hook)] if acme else []
    if plan.runtime is Runtime.SYSTEMD and hidden:
        raise DockyardError(
            f"certificate/acme: units of systemd have no access to {hidden[0]}",
            "put the hook outside /home, /root, /tmp and /var/tmp, such as into /usr/local/bin",
        )
