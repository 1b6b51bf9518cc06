"""`dockyard check` beside `pulumi preview --policy-pack`: the same pack, the same levels, the same violations."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from dockyard.engine import check
from dockyard.engine.project import Project
from dockyard.engine.urn import STACK_TYPE, name_of, type_of

from tests.integration.engine import packs

pytestmark = [
    pytest.mark.pulumi_cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="`pulumi` is not on PATH"),
]
LINE = re.compile(r"\[(mandatory|advisory)\]\s+(\S+)\s+\((\S+): (\S+)\)")
# A check asks no provider what else a resource will have.
PROVIDED = re.compile("(size|token): unknown, ")
# What each kind of rule is shown, told as violations: both engines must show it the same.
PACK = """
from pulumi_policy.proxy import UnknownValueError

def shown(value):
    if hasattr(value, "keys"):
        return "{" + ", ".join(f"{key}: {held(value, key)}" for key in sorted(value)) + "}"
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return repr(value)
    return str([held(value, index) for index in range(len(value))])

def held(holder, key):
    try:
        return shown(holder[key])
    except UnknownValueError:
        return "unknown"

def one(args, report):
    provider = args.provider and (args.provider.resource_type, args.provider.name)
    report(f"{args.resource_type} {shown(args.props)} {provider} {args.opts.protect} {args.opts.parent}")

def secret(args, report):
    if args.name == "hidden": report(f"{len(args.props['value'])}")

def all_of(args, report):
    for each in args.resources:
        names = sorted(other.name for other in each.dependencies)
        links = {key: [other.name for other in found] for key, found in sorted(each.property_dependencies.items()) if found}
        report(f"{each.name} {shown(each.props)} {each.parent and each.parent.name} {names} {links} {each.opts.protect}", each.urn)
    report("as a whole")

PolicyPack("parity", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("one", "Why one.", one, EnforcementLevel.ADVISORY),
    ResourceValidationPolicy("secret", "Why secret.", secret),
    StackValidationPolicy("all-of", "Why all.", all_of, EnforcementLevel.ADVISORY),
])
"""


@pytest.fixture
def both(make_lab):
    """The `simple` project with a plugin folder and a pack that the CLI can start too."""
    lab = make_lab("simple")
    python = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (lab.folder / "yard" / "PulumiPlugin.yaml").write_text(json.dumps({"name": "yard", "runtime": python}))
    packs.write(lab.root / "policy", PACK, json.dumps(python))
    return lab


def pulumi(lab, *arguments):
    """Runs the CLI: its exit code and what it printed."""
    environment = {
        **os.environ,
        **lab.environment,
        "PULUMI_HOME": str(lab.folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
    }
    (lab.folder / "backend").mkdir(exist_ok=True)
    command = ["pulumi", *arguments, "-s", "dev", "--non-interactive"]
    done = subprocess.run(
        command, cwd=lab.root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def theirs(printed):
    """Level, policy, type, name and message of each violation that the CLI printed."""
    found = set()
    lines = printed[printed.index("Policies:") :].splitlines()
    for index, line in enumerate(lines):
        if match := LINE.search(line):
            found.add((*match.groups(), PROVIDED.sub("", lines[index + 2].strip())))
    return found


def ours(plan):
    levels = {True: "mandatory", False: "advisory"}
    return {
        (
            levels[each.mandatory],
            each.policy,
            type_of(each.urn) if each.urn else STACK_TYPE,
            name_of(each.urn) if each.urn else f"{plan.project}-{plan.stack}",
            PROVIDED.sub("", each.message),
        )
        for each in plan.violations
    }


def test_both_engines_show_a_pack_the_same(both):
    """Types, names, properties, providers, parents, dependencies; secrets plain, unknowns unknown."""
    pulumi(both, "stack", "init")
    code, printed = pulumi(both, "preview", "--policy-pack", "policy")
    plan = check.run(Project.find(both.root), "dev", packs=[both.root / "policy"])
    assert code != 0
    assert not plan.ok
    assert ours(plan) == theirs(printed)


def test_the_cli_takes_what_policies_config_prints(both):
    """And nothing of its own minds those keys of the stack's configuration."""
    pulumi(both, "stack", "init")
    stack = both.root / "Pulumi.dev.yaml"
    config = {"policy:config": {"all": "disabled", "secret": "advisory"}, "policy:waivers": []}
    stack.write_text(yaml.safe_dump({**yaml.safe_load(stack.read_text()), "config": config}))
    command = [sys.executable, "-m", "dockyard.cli", "-C", str(both.root), "policies", "config", "-s", "dev"]
    file = both.folder / "config.json"
    file.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    code, printed = pulumi(both, "preview", "--policy-pack", "policy", "--policy-pack-config", str(file))
    assert code == 0
    plan = check.run(Project.find(both.root), "dev", packs=[both.root / "policy"])
    assert theirs(printed) == ours(plan) == {("advisory", "secret", "yard:index:Thing", "hidden", "9")}
