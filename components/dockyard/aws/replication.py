"""Replication (Amazon ECR User Guide, "Private image replication in Amazon ECR"), and the templates that make replicas whole.

ECR replicates images: the repository that it makes for them has neither policy nor retention nor immutability unless a template of its
own region says so ("Repository settings replication").
"""

import re
from dataclasses import dataclass, replace

from dockyard.aws.leaves import ACCOUNT, REGION, read_kms_key
from dockyard.aws.templates import ROOT, Content, Template, read_content
from dockyard.errors import Problem
from dockyard.later import is_later
from dockyard.reader import Reader

MOST_RULES, MOST_DESTINATIONS, MOST_FILTERS = 25, 100, 100
_FILTER = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")
_MESSAGE = "gives the replicas of {} in {} other settings than {}"


@dataclass(frozen=True)
class Destination:
    """`registry_id` is "" for the own account."""

    region: str
    registry_id: str


@dataclass(frozen=True)
class ReplicationRule:
    """One rule; no prefixes: all repositories."""

    name: str
    destinations: tuple[Destination, ...]
    prefixes: tuple[str, ...]
    templates: tuple[Template, ...]


def read_replication(reader: Reader, region: str) -> tuple[ReplicationRule, ...]:
    """What stands under `replication`. region: the registry's own, "" where it is not known."""
    rules = tuple(_rule(name, entry, region) for name, entry in reader.objects("replication"))
    if len(rules) > MOST_RULES:
        reader.problem("replication", f"has {len(rules)} rules, ECR takes {MOST_RULES}")
    _refuse_disagreement(reader, rules)
    return rules


def templates_of(rules: tuple[ReplicationRule, ...]) -> list[Template]:
    """Each region and prefix once."""
    found = {(template.region, template.prefix): template for rule in rules for template in rule.templates}
    return [found[key] for key in sorted(found)]


def _rule(name: str, entry: Reader, region: str) -> ReplicationRule:
    destinations = _destinations(entry, region)
    prefixes = entry.texts("prefixes")
    for index, text in enumerate(prefixes):
        if not 2 <= len(text) <= 256 or not _FILTER.fullmatch(text):
            hint = "2 to 256 characters that repository names begin with: prod/"
            entry.problem(f"prefixes/{index}", f"is not a prefix: {text!r}", hint)
    if len(prefixes) > MOST_FILTERS:
        entry.problem("prefixes", f"has {len(prefixes)} prefixes, ECR takes {MOST_FILTERS}")
    replica = Reader(entry.get("replica"), entry.problems, entry.at("replica"))
    regions = sorted({one.region for one in destinations if not one.registry_id})
    content = read_content(replica, immutable=True)
    keys = _keys(replica, regions)
    replica.finish()
    entry.finish()
    if entry.get("replica") is not None and not regions:
        entry.problem(
            "replica",
            "is of another account, which makes its own templates",
            "leave it out, and use creation_templates there",
        )
    templates = tuple(
        Template(prefix, where, ("REPLICATION",), f"replicas of {name}"[:256], keys.get(where), content)
        for where in regions
        for prefix in _template_prefixes(prefixes)
    )
    return ReplicationRule(name, destinations, tuple(sorted(set(prefixes))), templates)


def _template_prefixes(prefixes: tuple[str, ...]) -> list[str]:
    """ECR puts a `/` behind the prefix of a template, so whatever does not end in one takes the template of all others."""
    return sorted({text[:-1] if text.endswith("/") else ROOT for text in prefixes}) or [ROOT]


def _destinations(entry: Reader, own: str) -> tuple[Destination, ...]:
    values = entry.get("destinations")
    if not isinstance(values, (list, tuple)) or not values:
        entry.problem("destinations", "at least one is needed", 'for example [{"region": "eu-west-1"}]')
        return ()
    if len(values) > MOST_DESTINATIONS:
        entry.problem("destinations", f"has {len(values)} destinations, ECR takes {MOST_DESTINATIONS}")
    found = set()
    for index, value in enumerate(values):
        reader = Reader(value, entry.problems, entry.at(f"destinations/{index}"))
        found.add(_destination(reader, own))
    return tuple(sorted(found, key=lambda one: (one.region, one.registry_id)))


def _destination(reader: Reader, own: str) -> Destination:
    region, registry = reader.text("region"), reader.text("registry_id")
    if not REGION.fullmatch(region):
        reader.problem("region", f"is not a region: {region!r}", "eu-west-1")
    elif region == own and not registry:
        reader.problem(
            "region", "is the registry's own", "name another region, or another account's registry_id"
        )
    if registry and not ACCOUNT.fullmatch(registry):
        reader.problem("registry_id", f"is not an account's number: {registry!r}", "12 digits")
    reader.finish()
    return Destination(region, registry)


def _keys(replica: Reader, regions: list[str]) -> dict[str, object]:
    """Key by region: a replica is encrypted by a key of its own region."""
    given = Reader(replica.get("kms_key_arns"), replica.problems, replica.at("kms_key_arns"))
    for region in given.values:
        if region not in regions:
            hint = f"regions: {', '.join(regions)}" if regions else ""
            given.problem(region, "is no destination in this account", hint)
    return {region: read_kms_key(given, region, region) for region in regions}


def _refuse_disagreement(reader: Reader, rules: tuple[ReplicationRule, ...]) -> None:
    """A region has one template for a prefix."""
    seen: dict[tuple[str, str], tuple[str, Template]] = {}
    for rule in rules:
        for template in rule.templates:
            other, first = seen.setdefault((template.region, template.prefix), (rule.name, template))
            if _comparable(first) != _comparable(template):
                what = "all other repositories" if template.prefix == ROOT else f"{template.prefix}/"
                message = _MESSAGE.format(what, template.region, other)
                path = reader.at(f"replication/{rule.name}/replica")
                reader.problems.append(Problem(path, message, "give both rules the same replica"))


def _comparable(template: Template) -> tuple[Content, object]:
    """Without the rule's name. An Output is itself alone: Pulumi gives it no value to compare yet."""
    key = template.kms_key_arn
    content = template.content
    role = id(content.role_arn) if is_later(content.role_arn) else content.role_arn
    return replace(content, role_arn=role), id(key) if is_later(key) else key
