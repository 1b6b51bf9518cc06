"""`make docs`: writes the generated parts of README.md, between `<!-- NAME -->` and `<!-- /NAME -->`."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ARGS = ROOT / "components" / "dockyard" / "args.py"
TABLES = {
    "settings": ("SelfHostedRegistryArgs", "setting"),
    "users": ("UserArgs", "setting of a user"),
    "repositories": ("SelfHostedRepositoryArgs", "setting of a repository"),
}
IN_CONFIG_ONLY_AS_ARGUMENT = {"target", "version", "instance"}


def main():
    README.write_text(generated(README.read_text()))


def generated(text):
    """The README with its tables made anew from the docstrings of `dockyard.args`."""
    for name, (class_name, heading) in TABLES.items():
        table = "\n".join(rows(class_name, heading))
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda m, t=table: f"{m[1]}{t}\n{m[2]}",
            text,
            flags=re.S,
        )
    return text


def rows(class_name, heading):
    yield f"| {heading} | in the configuration | type | what it does |"
    yield "|---|---|---|---|"
    for name, kind, text in fields(class_name):
        key = "only as an argument" if name in IN_CONFIG_ONLY_AS_ARGUMENT else f"`{camel_case(name)}`"
        yield f"| `{name}` | {key} | `{kind}` | {text} |"


def fields(class_name):
    """(name, type, docstring) of each field of a TypedDict in args.py."""
    module = ast.parse(ARGS.read_text())
    body = next(
        node.body for node in module.body if isinstance(node, ast.ClassDef) and node.name == class_name
    )
    for field, doc in zip(body, body[1:], strict=False):
        if isinstance(field, ast.AnnAssign):
            kind = re.sub(r"^NotRequired\[(.*)\]$", r"\1", ast.unparse(field.annotation))
            yield field.target.id, kind, " ".join(doc.value.value.split())


def camel_case(name):
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


if __name__ == "__main__":
    sys.exit(main())
