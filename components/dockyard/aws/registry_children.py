"""What the settings of a registry are made of, resource by resource."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.aws.audit import Audit, event_patterns
from dockyard.aws.caches import SECRET_PREFIX, Cache
from dockyard.aws.registry_settings import Settings
from dockyard.aws.replication import ReplicationRule
from dockyard.aws.templates import Template


def make_scanning(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """How images are scanned."""
    if settings.scanning is None:
        return
    aws.ecr.RegistryScanningConfiguration(
        f"{name}-scanning",
        region=settings.region or None,
        scan_type=settings.scanning.type,
        rules=[
            aws.ecr.RegistryScanningConfigurationRuleArgs(
                scan_frequency=frequency,
                repository_filters=[
                    aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                        filter=pattern, filter_type="WILDCARD"
                    )
                    for pattern in filters
                ],
            )
            for frequency, filters in settings.scanning.rules
        ],
        opts=opts,
    )


def make_account_settings(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """Settings of the account in this region, and whose pulls do not count."""
    region = settings.region or None
    for setting, value in settings.account:
        label = setting.lower().replace("_", "-")
        aws.ecr.AccountSetting(f"{name}-{label}", region=region, name=setting, value=value, opts=opts)
    for arn in settings.exclusions:
        label = arn.partition(":iam::")[2]
        aws.ecr.PullTimeUpdateExclusion(
            f"{name}-exclusion-{label}", region=region, principal_arn=arn, opts=opts
        )


def make_template(
    name: str, settings: Settings, template: Template, role_arn: Any, opts: pulumi.ResourceOptions
) -> aws.ecr.RepositoryCreationTemplate:
    """One template, in its own region."""
    content = template.content
    key = template.kms_key_arn
    filters = [
        aws.ecr.RepositoryCreationTemplateImageTagMutabilityExclusionFilterArgs(
            filter=pattern, filter_type="WILDCARD"
        )
        for pattern in content.exclusions
    ]
    return aws.ecr.RepositoryCreationTemplate(
        f"{name}-template-{template.label}",
        region=template.region or settings.region or None,
        prefix=template.prefix,
        applied_fors=list(template.applied_for),
        description=template.description or None,
        image_tag_mutability=content.mutability,
        image_tag_mutability_exclusion_filters=filters or None,
        encryption_configurations=[
            aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                encryption_type="AES256" if key is None else "KMS", kms_key=key
            )
        ],
        lifecycle_policy=content.lifecycle or None,
        repository_policy=_document(content.policy),
        resource_tags=dict(content.tags) or None,
        custom_role_arn=role_arn,
        opts=opts,
    )


def _document(policy: Mapping[str, Any] | None) -> pulumi.Output[str] | None:
    """JSON, also where a principal is known during the deployment only."""
    return None if policy is None else pulumi.Output.from_input(dict(policy)).apply(json.dumps)


def make_replication(
    name: str,
    settings: Settings,
    account: pulumi.Output[str],
    templates: list[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> None:
    """The rules, after the templates: a replica that is made before its template stays without it."""
    if not settings.replication:
        return
    config = aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
        rules=[_rule(rule, account) for rule in settings.replication]
    )
    aws.ecr.ReplicationConfiguration(
        f"{name}-replication",
        region=settings.region or None,
        replication_configuration=config,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=templates)),
    )


def _rule(
    rule: ReplicationRule, account: pulumi.Output[str]
) -> aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs:
    destinations = [
        aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
            region=one.region, registry_id=one.registry_id or account
        )
        for one in rule.destinations
    ]
    filters = [
        aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
            filter=prefix, filter_type="PREFIX_MATCH"
        )
        for prefix in rule.prefixes
    ]
    return aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
        destinations=destinations, repository_filters=filters or None
    )


def make_cache(name: str, settings: Settings, cache: Cache, opts: pulumi.ResourceOptions) -> None:
    """One cache, after its secret."""
    aws.ecr.PullThroughCacheRule(
        f"{name}-cache-{cache.prefix}",
        region=settings.region or None,
        ecr_repository_prefix=cache.prefix,
        upstream_registry_url=cache.host,
        upstream_repository_prefix=cache.upstream_prefix or None,
        custom_role_arn=cache.role_arn,
        credential_arn=_credential(name, settings, cache, opts)
        if cache.makes_secret
        else cache.credential_arn,
        opts=opts,
    )


def _credential(
    name: str, settings: Settings, cache: Cache, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """The secret's ARN, known when it has its value. Its name ends anew each time: a deleted secret keeps its name for weeks."""
    region = settings.region or None
    secret = aws.secretsmanager.Secret(
        f"{name}-cache-{cache.prefix}",
        region=region,
        name_prefix=f"{SECRET_PREFIX}{cache.prefix}-",
        description=f"what ECR signs in to {cache.host} with",
        tags=dict(settings.tags),
        opts=opts,
    )
    login = pulumi.Output.secret({"username": cache.username, "accessToken": cache.access_token})
    version = aws.secretsmanager.SecretVersion(
        f"{name}-cache-{cache.prefix}",
        region=region,
        secret_id=secret.id,
        secret_string=login.apply(json.dumps),
        opts=opts,
    )
    arn: pulumi.Output[str] = version.secret_arn
    return arn


def make_audit(
    name: str, settings: Settings, audit: Audit, opts: pulumi.ResourceOptions
) -> list[pulumi.Output[str]]:
    """The rules of EventBridge and their targets; the rules' ARNs."""
    region = settings.region or None
    scan_type = settings.scanning.type if settings.scanning else ""
    arns = []
    for key, pattern in event_patterns(audit, scan_type).items():
        rule = aws.cloudwatch.EventRule(
            f"{name}-{key}",
            region=region,
            description=f"{key} of the container registry",
            event_pattern=json.dumps(pattern),
            tags=dict(settings.tags),
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{key}", region=region, rule=rule.name, arn=audit.target_arn, opts=opts
        )
        arns.append(rule.arn)
    return arns
