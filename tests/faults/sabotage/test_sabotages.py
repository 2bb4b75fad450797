"""The list of sabotages is sound: what each switches off is there, and so is every test that it names."""

import ast
from pathlib import Path

import pytest
from sabotages import SABOTAGES
from saboteur import found

REPOSITORY = Path(__file__).resolve().parents[3]


def test_each_sabotage_has_a_name_of_its_own():
    names = [each.name for each in SABOTAGES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.name)
def test_what_a_sabotage_switches_off_is_in_the_product(sabotage):
    assert sabotage.patches
    for target, stand_in in sabotage.patches.items():
        owner, name = found(target)
        assert callable(stand_in(getattr(owner, name)))


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.name)
def test_every_test_that_is_to_catch_a_sabotage_exists(sabotage):
    assert sabotage.caught_by
    for named in sabotage.caught_by:
        path, _, name = named.partition("::")
        tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, named
