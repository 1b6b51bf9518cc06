"""`SelfHostedRegistry`: registry:2 behind TLS NGINX, on one host. No `from __future__ import annotations` here."""

import ipaddress
import os
import re
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pulumi

from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.registry import RegistryBase
from dockyard.resources.certificate import Certificate
from dockyard.resources.credential import Credential
from dockyard.resources.host import Host
from dockyard.run_error import refusing
from dockyard.self_hosted.acme import Acme
from dockyard.self_hosted.args import SelfHostedRegistryArgs
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.certificate_args import acme_args, recorded_certificate
from dockyard.self_hosted.choice import choose
from dockyard.self_hosted.docker import limits
from dockyard.self_hosted.facts import HostFacts, local_facts, planned_facts
from dockyard.self_hosted.far_facts import far_facts, question
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.images import Images
from dockyard.self_hosted.passwords import Former
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import Settings, read_settings
from dockyard.self_hosted.target import connection, recorded_target, ssh_facts
from dockyard.self_hosted.users import User

TOKEN = "dockyard:index:SelfHostedRegistry"  # noqa: S105 -- a type token
_INSTANCE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_AUTHORITY_DAYS, _AUTHORITY_RENEWAL = 3650, 365
_SERVER_DAYS, _SERVER_RENEWAL = 397, 60


class SelfHostedRegistry(RegistryBase):
    """A registry of your own: TLS, generated users with rights by repository, audit log, blobs served from disk."""

    host: pulumi.Output[str]
    """What `docker login` takes: the domain, with the port unless it is 443."""
    images: pulumi.Output[dict[str, str]]
    """Key of `repositories` to pull reference without a tag."""
    username: pulumi.Output[str]
    """A user who may push and pull: the first by name who may push and is no admin, else an admin, else the first."""
    password: pulumi.Output[str]
    """That user's password; secret."""
    users: pulumi.Output[dict[str, str]]
    """Every user's password by name; secret."""
    ca_certificate: pulumi.Output[str]
    """PEM: what clients must trust. With a certificate of your own: its chain. With ACME: `trusted_ca`, or "" where the system's
    authorities do."""
    backup_password: pulumi.Output[str | None]
    """What opens the backup repository; secret, and there only with `backup`. Keep it elsewhere too: it is lost with the stack."""
    runtime: pulumi.Output[str]
    """What keeps the services running: compose, systemd or supervisor."""

    def __init__(
        self, name: str, args: SelfHostedRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour."""
        plan = _plan(name, args)
        super().__init__(TOKEN, name, _recorded(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        credentials = _credentials(name, plan.settings, child)
        upload_secret = Credential(f"{name}-upload-secret", "upload-secret", opts=child)
        backup_password = _backup_password(name, args, plan.settings, child)
        authority, certificate, private_key = _certificates(name, args, plan.settings, child)
        contents = pulumi.Output.all(
            htpasswd={user: credential.htpasswd for user, credential in credentials.items()},
            former=_former(credentials),
            certificate=certificate,
            private_key=private_key,
            http_secret=upload_secret.password,
            backup_password=backup_password,
            backup_environment=(args.get("backup") or {}).get("environment") or {},
            acme_environment=acme_args(args).get("environment") or {},
            acme_binding=acme_args(args).get("binding") or {},
        ).apply(lambda known: secret_contents(plan, Material(**known)))
        bundle = render(plan)
        secrets = {path for path, file in bundle.files.items() if file.secret}
        Host(
            f"{name}-host",
            bundle,
            {path: contents.apply(itemgetter(path)) for path in sorted(secrets)},
            connection(plan.settings.target, pulumi.Output.secret),
            plan.settings.deletion,
            child,
        )
        self._publish(plan, credentials, authority, backup_password)

    def _publish(
        self,
        plan: Plan,
        credentials: dict[str, Credential],
        authority: pulumi.Output[str],
        backup_password: pulumi.Output[str],
    ) -> None:
        settings = plan.settings
        user = _pushing_user(settings.users)
        passwords = {name: credential.password for name, credential in credentials.items()}
        self.host = pulumi.Output.from_input(settings.host)
        self.images = pulumi.Output.from_input(
            {repository.name: f"{settings.host}/{repository.name}" for repository in settings.repositories}
        )
        self.username = pulumi.Output.from_input(user)
        self.password = pulumi.Output.secret(passwords[user])
        self.users = pulumi.Output.secret(pulumi.Output.all(**passwords))
        self.ca_certificate = authority
        self.runtime = pulumi.Output.from_input(plan.chosen.value)
        secrets = {"backupPassword": backup_password} if settings.backup else {}
        if settings.backup:
            self.backup_password = backup_password
        self.register_outputs(
            {
                **secrets,
                "host": self.host,
                "images": self.images,
                "username": self.username,
                "password": self.password,
                "users": self.users,
                "caCertificate": self.ca_certificate,
                "runtime": self.runtime,
            }
        )


def _plan(name: str, args: SelfHostedRegistryArgs) -> Plan:
    """What is to be rendered. Raises ArgsError."""
    values: dict[str, Any] = dict(args)
    instance = values.pop("instance", None) or f"{name}-{pulumi.get_stack()}"
    subject = f"SelfHostedRegistry {name!r}"
    with refusing():
        settings = read_settings(values, subject)
        if not _INSTANCE.fullmatch(instance):
            hint = "1 to 40 lower-case letters, digits and `-`; it names folders and services"
            raise ProblemsError(
                subject, [Problem("instance", f"is not an instance name: {instance!r}", hint)]
            )
        plan = Plan(settings, _facts(settings, instance), instance)
        render(plan)
        return plan


def _facts(settings: Settings, instance: str) -> HostFacts:
    if os.environ.get("DOCKYARD_CHECK"):
        return _planned_facts(settings)
    if settings.target:
        return far_facts(settings, settings.target, instance, pulumi.log.info)
    facts = local_facts(_state())
    if settings.runtime != "auto" or settings.front is Front.NONE:
        return _limited(facts, settings.runtime == Runtime.COMPOSE or settings.front is Front.NONE)
    choice = choose(**question(settings, facts, instance))
    if choice.reason:
        pulumi.log.info(f"runtime: {choice.reason}")
    return _limited(replace(facts, docker=choice.docker), choice.docker)


def _limited(facts: HostFacts, docker: bool) -> HostFacts:
    """An engine that is not root's may have no cgroups to limit anything by."""
    return replace(facts, limits=limits(os.environ)) if docker and not facts.root else facts


def _planned_facts(settings: Settings) -> HostFacts:
    """In `dockyard check` nobody is asked: the machine at hand need not be the registry's. Images are there to be run by Docker."""
    target, runtime = settings.target, settings.runtime
    facts = ssh_facts(target, runtime) if target else planned_facts(_state(), runtime)
    return replace(facts, docker=settings.images != Images())


def _state() -> Path:
    return _project_root() / ".state"


def _project_root() -> Path:
    """The folder of Pulumi.yaml. The plugin, which makes components for other languages, is not told; it runs in the program's folder."""
    told: str | None = pulumi.get_root_directory()
    if told:
        return Path(told)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise DockyardError(f"no Pulumi.yaml in {here} or above it")


def _recorded(args: SelfHostedRegistryArgs) -> dict[str, Any]:
    """The arguments as the state keeps them and policies see them: the key of a given certificate is a secret."""
    recorded: dict[str, Any] = dict(args)
    given = args.get("certificate")
    if given is not None:
        recorded["certificate"] = recorded_certificate(given)
    if "target" in recorded:
        recorded["target"] = recorded_target(recorded["target"], pulumi.Output.secret)
    backup = args.get("backup")
    if backup is not None:
        # An address may hold a password: rest:https://USER:PASSWORD@HOST/
        keys = ("password", "environment", *(("repository",) if "@" in str(backup.get("repository")) else ()))
        hidden = {key: pulumi.Output.secret(value) for key, value in backup.items() if key in keys}
        recorded["backup"] = {**backup, **hidden}
    # `users` and `runtime` are outputs too, under the same names.
    return {key: value for key, value in recorded.items() if key not in ("users", "runtime")}


def _credentials(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> dict[str, Credential]:
    return {
        user.name: Credential(
            f"{name}-user-{user.name}",
            user.name,
            settings.bcrypt_cost,
            user.rotation or None,
            user.overlap_hours or None,
            opts,
        )
        for user in settings.users
    }


def _former(credentials: dict[str, Credential]) -> pulumi.Output[dict[str, Former]]:
    """Former passwords that are still valid. Credentials of earlier versions have none."""
    pairs = {
        user: pulumi.Output.all(credential.former_htpasswd, credential.former_until)
        for user, credential in credentials.items()
    }
    return pulumi.Output.all(**pairs).apply(
        lambda known: {user: Former(*pair) for user, pair in known.items() if pair[1]}
    )


def _backup_password(
    name: str, args: SelfHostedRegistryArgs, settings: Settings, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    if settings.backup is None:
        return pulumi.Output.from_input("")
    given = (args.get("backup") or {}).get("password")
    if given:
        return pulumi.Output.secret(given)
    return Credential(f"{name}-backup-password", "backup", opts=opts).password


def _certificates(
    name: str, args: SelfHostedRegistryArgs, settings: Settings, opts: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], pulumi.Output[str], pulumi.Output[str]]:
    """What clients trust, the server's certificate, its key."""
    given = args.get("certificate") or {}
    if "private_key" in given:
        chain = pulumi.Output.from_input(given["certificate"])
        return chain, chain, pulumi.Output.secret(given["private_key"])
    dns_names, addresses = _names(settings)
    authority = Certificate(
        f"{name}-authority",
        f"dockyard authority of {settings.domain}",
        dns_names,
        addresses,
        is_authority=True,
        validity_days=_AUTHORITY_DAYS,
        renew_before_days=_AUTHORITY_RENEWAL,
        opts=opts,
    )
    server = Certificate(
        f"{name}-certificate",
        settings.domain,
        dns_names,
        addresses,
        validity_days=_SERVER_DAYS,
        renew_before_days=_SERVER_RENEWAL,
        issuer=authority,
        opts=opts,
    )
    acme = settings.certificate
    # With ACME this pair is the first one alone: nobody is told to trust its authority.
    trusted = pulumi.Output.from_input(acme.trusted_ca) if isinstance(acme, Acme) else authority.certificate
    return trusted, server.certificate, server.private_key


def _names(settings: Settings) -> tuple[list[str], list[str]]:
    """DNS names and addresses that the certificate is for: the domain, and the addresses that are listened on by name."""
    listened = [address for address in settings.listen if not ipaddress.ip_address(address).is_unspecified]
    try:
        ipaddress.ip_address(settings.domain)
    except ValueError:
        return [settings.domain], sorted(listened)
    return [], sorted({settings.domain, *listened})


def _pushing_user(users: tuple[User, ...]) -> str:
    pushing = [user.name for user in users if user.rights.push]
    admins = [user.name for user in users if user.rights.admin]
    return (sorted(pushing) or sorted(admins) or sorted(user.name for user in users))[0]
