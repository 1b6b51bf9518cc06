"""What holds for the pack as a whole."""

import ast
import re
from pathlib import Path

import pytest
from registry_policies.page import CONSIDERATIONS, PRACTICES, markdown
from registry_policies.rule import StackRule
from registry_policies.rules import BY_NAME, RULES, policies

PACK = Path(__file__).parents[2] / "policy"


def test_names_are_unique_and_in_kebab_case():
    assert len(BY_NAME) == len(RULES)
    assert [rule.name for rule in RULES if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)] == []


def test_every_module_in_a_folder_is_one_rule_named_like_it():
    modules = sorted(path for path in (PACK / "registry_policies").glob("*/*.py") if path.name[0] != "_")
    assert [rule.name for rule in RULES] == [path.stem.replace("_", "-") for path in modules]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_says_why_and_what_of_the_seed_it_serves(rule):
    assert len(rule.description) > 30
    assert rule.description.endswith(".")
    assert rule.considerations or rule.practices
    assert set(rule.considerations) | set(rule.practices) <= set(range(1, 11))
    assert all("default" in schema and "type" in schema for schema in rule.config.values())


def test_the_sdk_takes_every_rule_with_its_level_and_its_thresholds():
    *made_of_rules, waivers = policies()
    assert waivers.name not in BY_NAME
    for rule, made in zip(RULES, made_of_rules, strict=True):
        assert made.name == rule.name
        assert made.enforcement_level.value == ("advisory" if rule.advisory else "mandatory")
        assert (made.config_schema.properties if made.config_schema else {}) == rule.config
        assert type(made).__name__.startswith("Stack") is isinstance(rule, StackRule)


def test_the_pack_s_program_only_makes_the_pack():
    """Its constructor never returns, and nobody can import it."""
    *_, last = ast.parse((PACK / "__main__.py").read_text()).body
    assert isinstance(last, ast.Expr)
    assert ast.unparse(last).startswith("PolicyPack(")


def test_the_page_names_every_rule_at_all_that_it_guards():
    page = markdown(RULES)
    *_, security, practices, table = page.split("\n\n")
    for rule in RULES:
        for part, numbers in ((security, rule.considerations), (practices, rule.practices)):
            rows = [line for line in part.splitlines() if f"`{rule.name}`" in line]
            assert [int(row.split("|")[1]) for row in rows] == sorted(numbers)
        assert table.count(f"\n| `{rule.name}` |") == 1


@pytest.mark.parametrize("items", [CONSIDERATIONS, PRACTICES])
def test_the_page_says_of_all_ten_what_is_done_what_guards_it_and_what_shows_it(items):
    numbers = [rule.considerations if items is CONSIDERATIONS else rule.practices for rule in RULES]
    assert {number for each in numbers for number in each} == set(range(1, 11))
    assert len(items) == 10
    assert all(item.name and item.default and item.command.startswith("dockyard ") for item in items)
