"""The rules as a page of documentation: which of them guards what."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from registry_policies.rule import AnyRule, Rule


class Item(NamedTuple):
    """One consideration or practice."""

    name: str
    default: str
    """What the components do unless they are told otherwise."""
    command: str
    """What shows it."""


CONSIDERATIONS = (
    Item(
        "Trusted registries and images only",
        "tags that exist cannot be moved in ECR and GAR; caches name each upstream and who may fill them",
        "dockyard check -s dev-aws",
    ),
    Item(
        "Authentication and role-based access, reviewed",
        "nobody pulls or pushes whom the arguments do not name; CI signs in by OIDC, bound to its repository's number",
        "dockyard check -s dev-aws --json",
    ),
    Item(
        "TLS everywhere",
        "self-hosted: TLS 1.2 and 1.3 alone, an own authority, certificates renewed by `up`; the registry itself has no port",
        "dockyard smoke -s local",
    ),
    Item(
        "Automatic vulnerability scanning, also in CI",
        "ECR scans each push, GAR scans where the project does; rendered image workflows scan what they built",
        "dockyard check -s prod-gcp --json",
    ),
    Item(
        "No needless privileges",
        "accounts of their own for registry and front, hardened units; CI's roles are held to its repositories",
        "dockyard preview -s local",
    ),
    Item(
        "Secrets by secret management",
        "passwords of 160 random bits, encrypted in the state, masked in every output, bcrypt on the host; no stored keys for CI",
        "dockyard outputs -s local",
    ),
    Item(
        "Audit trails of registry and hosts",
        "self-hosted: every request as a line of JSON with its user; ECR, ACR and GAR: `audit`, `diagnostics` and `platform_logs`",
        "dockyard check -s staging-azure",
    ),
    Item(
        "Little network exposure",
        "self-hosted: loopback alone until `listen` says otherwise",
        "dockyard smoke -s local",
    ),
    Item(
        "Hardened, patched hosts with limited access",
        "the distribution's packages, which its updates patch; what somebody edits is put back",
        "dockyard preview -s local",
    ),
    Item(
        "Configurations validated continuously and reviewed",
        "arguments that cannot be kept are refused with their path; these rules judge every stack",
        "dockyard check -s local --sarif check.sarif",
    ),
)
PRACTICES = (
    Item("Versioned tags, no `latest`", "immutable tags in ECR and GAR", "dockyard check -s dev-aws --json"),
    Item("Scan images", "ECR scans each push", "dockyard check -s dev-aws --json"),
    Item(
        "Clean up",
        "images without a tag expire after 14 days; ACR and GAR begin with a dry run",
        "dockyard retention simulate -s dev-aws --tags images.json",
    ),
    Item(
        "Least-privilege access control",
        "rights by repository: policies, conditions, IAM members, patterns",
        "dockyard trust explain --token token.json --policy policy.json",
    ),
    Item(
        "HTTPS with certificates from an authority or a proxy",
        "an own authority and NGINX, or `certificate`",
        "dockyard smoke -s local",
    ),
    Item(
        "Trusted, maintained base images",
        "a refresher's image is named by its digest; caches keep upstream images under your registry's scans",
        "dockyard check -s dev-aws",
    ),
    Item(
        "CI/CD builds, tests, scans, tags and publishes",
        "what is judged on a pull request needs no credentials; branches, tags or environments that push are exact",
        "dockyard check -s dev-aws --sarif check.sarif",
    ),
    Item(
        "Scheduled backups and a recovery plan",
        "nothing that holds images is deleted with its stack (`deletion: retain`); `backup` is set up by hand",
        "dockyard preview -s local",
    ),
    Item(
        "CPU and memory limits", "none: `memory_limit` and `cpu_limit` set them", "dockyard check -s onprem"
    ),
    Item(
        "Audit of pushes, pulls and permission changes",
        "self-hosted: the audit log; `EcrRegistrySettings` sends events, ACR logs with `diagnostics`",
        "dockyard check -s staging-azure",
    ),
)
PREFACE = """# What the policies guard

Made by `make docs` from the rules in `registry_policies`. `dockyard check -s STACK` judges a stack by them, as does
`pulumi preview --policy-pack policy`. A stack sets levels, thresholds and waivers, see the README of the project.

"""


def markdown(rules: Sequence[AnyRule]) -> str:
    """A page of three tables: the ten security considerations and the ten best practices, each with the components' default, the rules
    that guard it and a command that shows it; and every rule.
    """
    lines = [
        *_table("Security consideration", CONSIDERATIONS, rules, lambda rule: rule.considerations),
        "",
        *_table("Best practice", PRACTICES, rules, lambda rule: rule.practices),
        "",
        "| Rule | Level | Severity | Why | Thresholds (default) | Benchmarks |",
        "|---|---|---|---|---|---|",
        *map(_row, rules),
    ]
    return PREFACE + "\n".join(lines) + "\n"


def _table(
    title: str,
    items: Sequence[Item],
    rules: Sequence[AnyRule],
    numbers: Callable[[AnyRule], tuple[int, ...]],
) -> Iterator[str]:
    yield f"| # | {title} | What components do by default | Rules | See it |"
    yield "|---|---|---|---|---|"
    for number, item in enumerate(items, 1):
        guards = ", ".join(f"`{rule.name}`" for rule in rules if number in numbers(rule))
        yield f"| {number} | {item.name} | {item.default} | {guards} | `{item.command}` |"


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
