"""Policy packs written by tests."""

import textwrap
from pathlib import Path

IMPORTS = """
import os, sys, time
from pathlib import Path
from pulumi_policy import (
    EnforcementLevel, PolicyConfigSchema, PolicyPack, ReportViolation, ResourceValidationPolicy, Severity,
    StackValidationPolicy,
)
Path("pid").write_text(str(os.getpid()))
"""
SMALL = """
def large(args, report):
    if args.resource_type == "yard:index:Thing" and args.props["value"] > args.get_config()["most"]:
        report(f"value is {args.props['value']:g}, at most {args.get_config()['most']:g}")

def named(args, report):
    if args.resource_type == "yard:index:Thing" and not args.name.startswith("good"):
        report("begin with good")

def many(args, report):
    things = [each for each in args.resources if each.resource_type == "yard:index:Thing"]
    if len(things) > 1:
        report(f"{len(things)} things")
        report("the last of them", max(each.urn for each in things))

PolicyPack("small", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy(
        "no-large-things", "Large things fall.", large, severity=Severity.HIGH,
        config_schema=PolicyConfigSchema({"most": {"type": "integer", "default": 10}}),
    ),
    ResourceValidationPolicy("good-names", "Names are read.", named, EnforcementLevel.ADVISORY),
    StackValidationPolicy("few-things", "Things need room.", many, EnforcementLevel.ADVISORY),
])
"""


def write(folder: Path, program: str, runtime: str = "python") -> Path:
    """A pack of this program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "PulumiPolicy.yaml").write_text(f"runtime: {runtime}\nversion: 1.2.3\n")
    (folder / "__main__.py").write_text(IMPORTS + textwrap.dedent(program))
    return folder


def with_rule(body: str, **options: str) -> str:
    """A pack of one rule for resources; `body` is its code, with args and report."""
    given = "".join(f", {key}={value}" for key, value in options.items())
    return (
        f"def rule(args, report):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        f'PolicyPack("one", policies=[ResourceValidationPolicy("the-rule", "Why.", rule{given})])\n'
    )
