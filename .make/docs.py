"""`make docs`: the settings table of README.md, from the docstrings of `dockyard.self_hosted.args`, and policy/README.md."""

import ast
import sys
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RULES = ROOT / "policy" / "README.md"
ARGS = [ROOT / "components" / "dockyard" / "self_hosted" / name for name in ("args.py", "target_args.py")]
BEGIN, END = "<!-- settings: begin (make docs) -->", "<!-- settings: end -->"
TABLES = (
    ("SelfHostedRegistryArgs", ""),
    ("UserArgs", "users/*/"),
    ("SelfHostedRepositoryArgs", "repositories/*/"),
    ("CertificateArgs", "certificate/"),
    ("AcmeArgs", "certificate/acme/"),
    ("AcmeBindingArgs", "certificate/acme/binding/"),
    ("ImagesArgs", "images/"),
    ("BackupArgs", "backup/"),
    ("ScrubArgs", "scrub/"),
    ("UpkeepArgs", "upkeep/"),
    ("TagRulesArgs", "tag_rules/"),
    ("FirewallArgs", "firewall/"),
    ("AuditArgs", "audit/"),
    ("MetricsArgs", "metrics/"),
    ("UpgradeArgs", "upgrade/"),
    ("SshTargetArgs", "target/ssh/"),
    ("JumpArgs", "target/ssh/jump/"),
)
PROGRAM_ONLY = ("instance",)
"""Arguments of the component that no configuration key sets."""


def main(arguments):
    """Writes both anew; with --check only says whether they are current, by exit code 1 where one is not."""
    pages = {README: with_table(README.read_text()), RULES: rules()}
    if "--check" in arguments:
        sys.exit(any(not page.exists() or page.read_text() != text for page, text in pages.items()))
    for page, text in pages.items():
        page.write_text(text)


def rules():
    """The page of the policy pack."""
    sys.path.insert(0, str(RULES.parent))
    from registry_policies.page import markdown
    from registry_policies.rules import RULES as found

    return markdown(found)


def with_table(readme):
    """The text with the table between its two marks made anew."""
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table():
    """A Markdown table of every setting, in the order of the code."""
    classes = {
        node.name: node
        for path in ARGS
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    lines = ["| Argument | Configuration key | Type | What it does |", "|---|---|---|---|"]
    for name, prefix in TABLES:
        lines += [row(prefix, *field) for field in fields(classes[name])]
    return "\n".join(lines)


def row(prefix, name, type_, text):
    key = "" if not prefix and name in PROGRAM_ONLY else f"`{prefix}{camel_case(name)}`"
    return f"| `{prefix}{name}` | {key} | `{type_}` | {text} |"


def fields(node):
    """Name, type and docstring of each field of a TypedDict."""
    for field, following in pairwise([*node.body, None]):
        if isinstance(field, ast.AnnAssign):
            if not is_text(following):
                sys.exit(f"{node.name}.{field.target.id} has no docstring")
            text = " ".join(following.value.value.split()).replace("|", "\\|")
            yield field.target.id, type_of(field.annotation), text


def is_text(node):
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def type_of(annotation):
    """The annotation as written, without what says that the key may be left out."""
    if isinstance(annotation, ast.Subscript) and getattr(annotation.value, "id", "") == "NotRequired":
        annotation = annotation.slice
    return ast.unparse(annotation)


def camel_case(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


if __name__ == "__main__":
    main(sys.argv[1:])
