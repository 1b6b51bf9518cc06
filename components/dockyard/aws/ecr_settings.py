"""`EcrRegistrySettings`: what an account has once in each region of Amazon ECR. No `from __future__ import annotations` here."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.aws.audit import target_statements
from dockyard.aws.policies import VERSION
from dockyard.aws.registry_args import EcrRegistrySettingsArgs
from dockyard.aws.registry_children import (
    make_account_settings,
    make_audit,
    make_cache,
    make_replication,
    make_scanning,
    make_template,
)
from dockyard.aws.registry_policies import registry_policy, template_policy, template_trust
from dockyard.aws.registry_settings import Settings, read_registry_settings
from dockyard.aws.singleton import conflict
from dockyard.aws.templates import ROOT
from dockyard.errors import Problem, ProblemsError
from dockyard.run_error import ArgsError, refusing

TOKEN = "dockyard:index:EcrRegistrySettings"  # noqa: S105 -- a type token
_ONE = "one component sets up a registry: put everything into it"


class EcrRegistrySettings(pulumi.ComponentResource):
    """The settings of a whole registry: scanning, replication, caches, templates, its policy, audit. One for each account and region:
    of two, each deployment would undo the other's."""

    host: pulumi.Output[str]
    """The registry: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`."""
    caches: pulumi.Output[dict[str, str]]
    """Prefix in `pull_through_cache` to what stands before the upstream's image: `HOST/PREFIX`."""
    registry_policy: pulumi.Output[str]
    """The registry's policy as JSON; empty where nobody is named."""
    template_role_arn: pulumi.Output[str]
    """The ARN of the role that was made for creation templates; empty where none was needed."""
    audit_policy: pulumi.Output[str]
    """The policy, as JSON, that the target of `audit` needs so that events arrive; empty without `audit`."""

    def __init__(
        self, name: str, args: EcrRegistrySettingsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour, and for a second
        one of the same provider and region.
        """
        self._subject = f"EcrRegistrySettings {name!r}"
        with refusing():
            settings = read_registry_settings(dict(args), self._subject)
        super().__init__(TOKEN, name, _recorded(args), opts)
        # The same program may make the same component of several parents.
        self._owner = (name, id(opts.parent) if opts and opts.parent else None)
        self._claim((self.get_provider("aws:ecr/registryPolicy:RegistryPolicy"), settings.region))
        child = pulumi.ResourceOptions(parent=self)
        invoke = pulumi.InvokeOptions(parent=self)
        identity = aws.get_caller_identity_output(opts=invoke)
        region = pulumi.Output.from_input(settings.region or aws.get_region_output(opts=invoke).region)
        partition = identity.arn.apply(lambda arn: arn.split(":")[1])
        place = pulumi.Output.all(partition=partition, region=region, account=identity.account_id)
        self._place = place.apply(self._checked(settings))
        self._make(name, settings, child)
        self._publish(settings)

    def _claim(self, key: tuple[Any, ...]) -> None:
        found = conflict(key, self._owner, self._subject)
        if found:
            first, second = found
            problem = Problem("region", f"is set up by {first} already", _ONE)
            raise ArgsError(ProblemsError(second, [problem]))

    def _checked(self, settings: Settings) -> Callable[[dict[str, str]], dict[str, str]]:
        """What can be told only when account and region are known."""

        def check(place: dict[str, str]) -> dict[str, str]:
            self._claim((place["account"], place["region"]))
            problems = []
            for rule in settings.replication:
                path = f"replication/{rule.name}/destinations"
                for one in rule.destinations:
                    own = one.registry_id == place["account"]
                    if one.region == place["region"] and (own or not one.registry_id):
                        problems.append(Problem(path, f"{one.region} is the registry's own region"))
                    elif own:
                        problem = f"{one.registry_id} is this account"
                        problems.append(Problem(path, problem, "leave registry_id out"))
            if problems:
                raise ArgsError(ProblemsError(self._subject, problems))
            return place

        return check

    def _make(self, name: str, settings: Settings, child: pulumi.ResourceOptions) -> None:
        make_scanning(name, settings, child)
        make_account_settings(name, settings, child)
        made_role = self._template_role(name, settings, child)
        templates: list[pulumi.Resource] = []
        for template in settings.templates:
            given = template.content.role_arn
            role = given if given is not None or not template.needs_role else made_role
            templates.append(make_template(name, settings, template, role, child))
        account = self._place.apply(lambda place: place["account"])
        make_replication(name, settings, account, templates, child)
        for cache in settings.caches:
            after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=templates))
            make_cache(name, settings, cache, after)
        self.registry_policy = self._registry_policy(name, settings, child)
        self.audit_policy = self._audit(name, settings, child)

    def _template_role(
        self, name: str, settings: Settings, child: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        """The role's ARN, known when it may do what it is for; "" where no template needs one."""
        if not settings.roleless:
            self.template_role_arn = pulumi.Output.from_input("")
            return self.template_role_arn
        role = aws.iam.Role(
            f"{name}-templates",
            description=f"creates repositories by the templates of {name}",
            assume_role_policy=json.dumps(template_trust()),
            permissions_boundary=settings.permissions_boundary or None,
            tags=dict(settings.tags),
            opts=child,
        )
        keys = [one.kms_key_arn for one in settings.roleless if one.kms_key_arn is not None]
        policy = pulumi.Output.all(self._place, pulumi.Output.from_input(keys)).apply(
            lambda known: json.dumps(template_policy(known[0], settings.roleless, known[1]))
        )
        granted = aws.iam.RolePolicy(f"{name}-templates", role=role.name, policy=policy, opts=child)
        self.template_role_arn = pulumi.Output.all(role.arn, granted.id).apply(lambda known: known[0])
        return self.template_role_arn

    def _registry_policy(
        self, name: str, settings: Settings, child: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        if not settings.replicate_from and not any(settings.cache_pull.values()):
            return pulumi.Output.from_input("")
        pull = pulumi.Output.from_input(settings.cache_pull)
        text = pulumi.Output.all(self._place, pull).apply(
            lambda known: json.dumps(registry_policy(_arn(known[0]), settings.replicate_from, known[1]))
        )
        region = settings.region or None
        aws.ecr.RegistryPolicy(f"{name}-policy", region=region, policy=text, opts=child)
        return text

    def _audit(self, name: str, settings: Settings, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
        if settings.audit is None:
            return pulumi.Output.from_input("")
        rules = make_audit(name, settings, settings.audit, child)
        return pulumi.Output.all(settings.audit.target_arn, *rules).apply(
            lambda arns: json.dumps({"Version": VERSION, "Statement": target_statements(arns[0], arns[1:])})
        )

    def _publish(self, settings: Settings) -> None:
        self.host = self._place.apply(_host)
        prefixes = [cache.prefix for cache in settings.caches]
        self.caches = self.host.apply(
            lambda host: {prefix: host if prefix == ROOT else f"{host}/{prefix}" for prefix in prefixes}
        )
        names = ("host", "caches", "registry_policy", "template_role_arn", "audit_policy")
        self.register_outputs({name: getattr(self, name) for name in names})


def _recorded(args: EcrRegistrySettingsArgs) -> dict[str, Any]:
    """The arguments as the state keeps them and policies see them: access tokens are secrets."""
    recorded: dict[str, Any] = dict(args)
    caches = args.get("pull_through_cache")
    if caches:
        recorded["pull_through_cache"] = {
            prefix: {**cache, "access_token": pulumi.Output.secret(cache["access_token"])}
            if "access_token" in cache
            else cache
            for prefix, cache in caches.items()
        }
    return recorded


def _arn(place: dict[str, str]) -> str:
    return f"arn:{place['partition']}:ecr:{place['region']}:{place['account']}"


def _host(place: dict[str, str]) -> str:
    end = "amazonaws.com.cn" if place["partition"] == "aws-cn" else "amazonaws.com"
    return f"{place['account']}.dkr.ecr.{place['region']}.{end}"
