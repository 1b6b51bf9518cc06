"""`PullAccess`: how pods get at private images. No `from __future__ import annotations` here."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pulumi

from dockyard.errors import Problem, ProblemsError
from dockyard.kubernetes import external_secrets as operator
from dockyard.kubernetes import refresher_manifests as job
from dockyard.kubernetes import workload_identity as workload
from dockyard.kubernetes.access import Access, read_access
from dockyard.kubernetes.args import PullAccessArgs
from dockyard.kubernetes.docker_config import host_problem
from dockyard.kubernetes.external_secrets import ExternalSecrets
from dockyard.kubernetes.kinds import region_of
from dockyard.kubernetes.kubelet import kubelet_config
from dockyard.kubernetes.make import make, patch_account
from dockyard.kubernetes.node_identity import NodeIdentity
from dockyard.kubernetes.pull_secret import PullSecret, patch_accounts
from dockyard.kubernetes.refresher import Refresher
from dockyard.kubernetes.secret import empty_pull_secret
from dockyard.kubernetes.static import Static, expiry_problems
from dockyard.kubernetes.workload_identity import WorkloadIdentity
from dockyard.later import is_later
from dockyard.run_error import ArgsError, refusing

TOKEN = "dockyard:index:PullAccess"  # noqa: S105 -- a type token


@dataclass(frozen=True)
class Made:
    """What there is to know about it afterwards."""

    secret_name: str = ""
    role: str = ""
    subjects: tuple[str, ...] = ()
    kubelet_config: str = ""


class PullAccess(pulumi.ComponentResource):
    """How pods get at private images: by an identity, by Secrets that are renewed, or by a password that lives long."""

    secret_name: pulumi.Output[str]
    """The name of the pull secret, the same in every namespace; empty where pods need none."""
    role: pulumi.Output[str]
    """What the identity needs at the registry: a managed policy of AWS, a role of Azure, a role of Google; empty where passwords say it."""
    subjects: pulumi.Output[list[str]]
    """The service accounts that the identity must trust, as `sub` of their tokens."""
    kubelet_config: pulumi.Output[str]
    """What `--image-credential-provider-config` of the kubelets must hold, YAML; empty where the cloud sets the nodes up."""

    def __init__(self, name: str, args: PullAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour. What is known
        only during the deployment is checked then.
        """
        self._subject = f"PullAccess {name!r}"
        with refusing():
            access = read_access(dict(args), self._subject, name)
        super().__init__(TOKEN, name, _recorded(args), opts)
        self._prefix = name
        self._child = pulumi.ResourceOptions(parent=self)
        made = self._make(access)
        self.secret_name = pulumi.Output.from_input(made.secret_name)
        self.role = pulumi.Output.from_input(made.role)
        self.subjects = pulumi.Output.from_input(list(made.subjects))
        self.kubelet_config = pulumi.Output.from_input(made.kubelet_config)
        self.register_outputs(
            {
                "secretName": self.secret_name,
                "role": self.role,
                "subjects": self.subjects,
                "kubeletConfig": self.kubelet_config,
            }
        )

    def _make(self, access: Access) -> Made:
        if isinstance(access, NodeIdentity):
            return Made(role=access.role, kubelet_config=kubelet_config(access.kind, by_account=False))
        if isinstance(access, WorkloadIdentity):
            return self._workload_identity(access)
        if isinstance(access, ExternalSecrets):
            return self._external_secrets(access)
        if isinstance(access, Refresher):
            return self._refresher(access)
        return self._static(access)

    def _workload_identity(self, settings: WorkloadIdentity) -> Made:
        for role, manifest in workload.cluster_access(settings, self._prefix).items():
            make(f"{self._prefix}-{role}", manifest, self._child)
        put = make if settings.create else patch_account
        for namespace in settings.namespaces:
            for account in settings.accounts:
                manifest = workload.annotated_account(settings, account, namespace)
                put(f"{self._prefix}-{namespace}/{account}", manifest, self._child)
        subjects = workload.subjects(settings.namespaces, settings.accounts)
        config = kubelet_config(settings.kind, by_account=True) if settings.needs_kubelet else ""
        return Made(role=settings.role, subjects=tuple(subjects), kubelet_config=config)

    def _external_secrets(self, given: ExternalSecrets) -> Made:
        host, region = self._host_and_region(given.host, given.region, needs_region=given.kind == "ecr")
        settings = replace(given, host=host, region=region)
        template = pulumi.Output.from_input(host).apply(operator.config_template) if is_later(host) else None
        target = settings.target
        for namespace in target.namespaces:
            child = f"{self._prefix}-{namespace}"
            source = make(child, operator.generator(settings, namespace), self._child)
            text = operator.config_template(host) if template is None else template
            secret = make(child, operator.external_secret(settings, namespace, text), self._after(source))
            patch_accounts(self._prefix, namespace, target.accounts, target.secret, self._after(secret))
        subjects = workload.subjects(target.namespaces, (settings.identity,)) if settings.identity else []
        return Made(target.secret, settings.role, tuple(subjects))

    def _refresher(self, given: Refresher) -> Made:
        host, region = self._host_and_region(given.host, given.region, needs_region=given.kind == "ecr")
        settings = replace(given, host=host, region=region)
        target, name = settings.target, self._prefix
        needed = [make(f"{name}-{role}", item, self._child) for role, item in job.shared(settings).items()]
        # What the CronJob writes is not the program's: a deployment must not take a living token away.
        written = pulumi.ResourceOptions(parent=self, ignore_changes=["data"])
        for namespace in target.namespaces:
            secret = make(
                f"{name}-{namespace}", empty_pull_secret(target.secret, namespace, target.labels), written
            )
            patch_accounts(name, namespace, target.accounts, target.secret, self._after(secret))
            allowed = job.access(settings, namespace).items()
            needed += [secret, *(make(f"{name}-{namespace}", item, self._child) for _, item in allowed)]
        make(name, job.cron_job(settings), self._after(*needed))
        if settings.first_run:
            make(f"{name}-first", job.first_job(settings), self._after(*needed))
        return Made(
            target.secret, settings.role, tuple(workload.subjects((settings.namespace,), (settings.name,)))
        )

    def _static(self, settings: Static) -> Made:
        host = settings.host
        if is_later(host) or is_later(settings.expires):
            host = pulumi.Output.all(host, settings.expires).apply(lambda known: self._living(*known))
        target = settings.target
        PullSecret(
            f"{self._prefix}-secret",
            {
                "host": host,
                "username": settings.username,
                "password": settings.password,
                "namespaces": list(target.namespaces),
                "name": target.secret,
                "service_accounts": list(target.accounts),
                "labels": dict(target.labels),
            },
            self._child,
        )
        return Made(target.secret)

    def _living(self, host: str, expires: Any) -> str:
        """The host. Raises ArgsError where its password has no end that it must have, or is dead."""
        self._refuse(expiry_problems(host, expires, datetime.now(UTC)))
        return host

    def _host_and_region(self, host: Any, region: Any, needs_region: bool) -> tuple[Any, Any]:
        """Both as they stand, or checked as soon as they are known."""
        if not is_later(host):
            return host, region
        checked = pulumi.Output.from_input(host).apply(self._checked_host)
        if needs_region and region is None:
            region = checked.apply(self._region)
        return checked, region

    def _checked_host(self, host: str) -> str:
        if problem := host_problem(host):
            self._refuse([Problem("host", problem)])
        return host

    def _region(self, host: str) -> str:
        region = region_of(host)
        if not region:
            self._refuse([Problem("region", f"is required: {host!r} names none")])
        return region

    def _refuse(self, problems: list[Problem]) -> None:
        if problems:
            raise ArgsError(ProblemsError(self._subject, problems))

    def _after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(resources))


def _recorded(args: PullAccessArgs) -> dict[str, Any]:
    """The arguments as the state keeps them and policies see them: the password is a secret."""
    recorded: dict[str, Any] = dict(args)
    static = args.get("static")
    if static is not None:
        recorded["static"] = {**static, "password": pulumi.Output.secret(static["password"])}
    return recorded
