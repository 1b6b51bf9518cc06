"""Rules as policies of Pulumi's SDK."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from dockyard.checks.tokens import canonical
from dockyard.checks.values import UNKNOWN
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PolicySeverity
from pulumi_policy.policy import Policy, PolicyComplianceFramework, PolicyResource
from pulumi_policy.proxy import UnknownValueError

from registry_policies.rule import AnyRule, Resource, Rule, StackRule
from registry_policies.waivers import NAME, REGISTER, SCHEMA


def policy(rule: AnyRule) -> Policy:
    """One rule: mandatory unless it is a matter of taste; its thresholds are configured under its name."""
    common: dict[str, Any] = {
        "name": rule.name,
        "description": rule.description,
        "enforcement_level": EnforcementLevel.ADVISORY if rule.advisory else EnforcementLevel.MANDATORY,
        "config_schema": PolicyConfigSchema({key: dict(schema) for key, schema in rule.config.items()})
        if rule.config
        else None,
        "severity": PolicySeverity(rule.severity.value),
        "framework": PolicyComplianceFramework(reference=", ".join(rule.references))
        if rule.references
        else None,
        "tags": [f"security-{number}" for number in rule.considerations]
        + [f"practice-{number}" for number in rule.practices],
    }
    if isinstance(rule, StackRule):
        return StackValidationPolicy(validate=_stack(rule), **common)
    return ResourceValidationPolicy(validate=_resource(rule), **common)


def _resource(rule: Rule) -> Any:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if rule.applies_to(args.resource_type):
            for message in rule.judge(args.resource_type, plain(args.props), plain(args.get_config())):
                if not REGISTER.covers(rule.name, args.urn, message):
                    report(message, None)

    return validate


SHARED: ContextVar[Sequence[Resource] | None] = ContextVar("shared", default=None)
"""The resources of the question that is being answered, where they have been read already."""


def _stack(rule: StackRule) -> Any:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        known = SHARED.get()
        resources = read(args.resources) if known is None else known
        for violation in rule.judge(resources, plain(args.get_config())):
            if not REGISTER.covers(rule.name, violation.urn, violation.message):
                report(violation.message, violation.urn or None)

    return validate


def collector(found: list[PolicyResource]) -> Policy:
    """A policy that has nothing against anything, and keeps what it is asked about."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        found.extend(args.resources)

    return StackValidationPolicy(
        name="collector",
        description="Keeps the resources that a stack's rules are asked about.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
    )


def waivers() -> Policy:
    """The policy that tells which violations are waived. It comes last: what the others found is known then."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for message in REGISTER.report():
            report(message, None)

    return StackValidationPolicy(
        name=NAME,
        description="A violation that is accepted stays visible, with its reason and its end.",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        config_schema=PolicyConfigSchema({"list": SCHEMA}),
        severity=PolicySeverity.LOW,
    )


def read(resources: Sequence[PolicyResource]) -> list[Resource]:
    """The SDK's resources as rules take them."""
    return [_read(resource) for resource in resources]


def _read(resource: PolicyResource) -> Resource:
    provider = resource.provider
    return Resource(
        type=canonical(resource.resource_type),
        name=resource.name,
        urn=resource.urn,
        properties=plain(resource.props),
        parent=resource.parent.urn if resource.parent else "",
        provider=provider.urn if provider else "",
        provider_properties=plain(provider.props) if provider else {},
        dependencies=tuple(each.urn for each in resource.dependencies),
        property_dependencies={
            key: tuple(each.urn for each in found) for key, found in resource.property_dependencies.items()
        },
    )


def plain(value: Any) -> Any:
    """The SDK's view of properties as plain values. It raises where it is asked for an unknown one: here that is UNKNOWN."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, index) for index in range(len(value))]
    # The protocol has one kind of number.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _item(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
