"""The rules as a page of documentation: which of them guards what."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from registry_policies.rule import AnyRule, Rule

CONSIDERATIONS = (
    "Trusted registries and images only",
    "Authentication and role-based access, reviewed",
    "TLS everywhere",
    "Automatic vulnerability scanning, also in CI",
    "No needless privileges",
    "Secrets by secret management",
    "Audit trails of registry and hosts",
    "Little network exposure",
    "Hardened, patched hosts with limited access",
    "Configurations validated continuously and reviewed",
)
PRACTICES = (
    "Versioned tags, no `latest`",
    "Scan images",
    "Clean up",
    "Least-privilege access control",
    "HTTPS with certificates from an authority or a proxy",
    "Trusted, maintained base images",
    "CI/CD builds, tests, scans, tags and publishes",
    "Scheduled backups and a recovery plan",
    "CPU and memory limits",
    "Audit of pushes, pulls and permission changes",
)


def markdown(rules: Sequence[AnyRule]) -> str:
    """Three tables: the ten security considerations and the ten best practices with the rules that guard each, and every rule."""
    lines = [
        *_table("Security consideration", CONSIDERATIONS, rules, lambda rule: rule.considerations),
        "",
        *_table("Best practice", PRACTICES, rules, lambda rule: rule.practices),
        "",
        "| rule | level | severity | why | thresholds (default) | benchmarks |",
        "|---|---|---|---|---|---|",
        *map(_row, rules),
    ]
    return "\n".join(lines) + "\n"


def _table(
    title: str,
    names: Sequence[str],
    rules: Sequence[AnyRule],
    numbers: Callable[[AnyRule], tuple[int, ...]],
) -> Iterator[str]:
    yield f"| # | {title} | Rules |"
    yield "|---|---|---|"
    for number, name in enumerate(names, 1):
        guards = ", ".join(f"`{rule.name}`" for rule in rules if number in numbers(rule))
        yield f"| {number} | {name} | {guards} |"


def _row(rule: AnyRule) -> str:
    thresholds = ", ".join(f"`{key}` ({_shown(schema['default'])})" for key, schema in rule.config.items())
    cells = (
        f"`{rule.name}`",
        "advisory" if rule.advisory else "mandatory",
        f"{rule.severity.value}{'' if isinstance(rule, Rule) else ', whole stack'}",
        rule.description,
        thresholds,
        ", ".join(rule.references),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _shown(default: Any) -> str:
    return "none" if default == [] else f"`{json.dumps(default)}`"
