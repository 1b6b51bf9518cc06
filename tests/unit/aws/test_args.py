"""The arguments of Amazon's components say what they do."""

import ast
import importlib
import inspect

import pytest

MODULES = ("args", "registry_args", "endpoint_args", "public_args")


def fields(module):
    """Class, field and the text below it, for every field of every class."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    for node in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        for field, text in zip(node.body, [*node.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign):
                constant = text.value if isinstance(text, ast.Expr) else None
                yield node.name, field.target.id, constant.value if constant else ""


@pytest.mark.parametrize("name", MODULES)
def test_every_argument_that_may_be_left_out_says_what_happens_then(name):
    module = importlib.import_module(f"dockyard.aws.{name}")
    silent = [
        f"{owner}.{field}"
        for owner, field, text in fields(module.__name__)
        if field in getattr(module, owner).__optional_keys__ and "Default: " not in text.split("\n\n")[-1]
    ]
    assert silent == []


@pytest.mark.parametrize("name", MODULES)
def test_every_argument_is_described(name):
    assert [f"{owner}.{field}" for owner, field, text in fields(f"dockyard.aws.{name}") if not text] == []
