"""The matrix of faults keeps its word: every test that it names is there, and no case is missing or told twice."""

import ast
import functools
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CASES = tomllib.loads((HERE / "matrix.toml").read_text(encoding="utf-8"))["case"]
FIELDS = {"id", "fault", "expected", "told", "tests"}


@functools.cache
def names_of_tests(path: str) -> frozenset[str]:
    """The names of the tests of a file, also of those within classes; nothing is imported."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def test_no_case_is_missing_and_each_is_told_once():
    ids = [case["id"] for case in CASES]
    assert ids == [f"F{number:03}" for number in range(1, 111)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_test_that_a_case_names_exists(case):
    assert set(case) == FIELDS
    assert case["fault"]
    assert case["expected"]
    assert case["told"] or not case["tests"]  # who is shown a fault is told something
    for named in case["tests"]:
        path, _, name = named.partition("::")
        assert name in names_of_tests(path), f"{case['id']}: there is no {named}"


def test_every_case_that_a_test_of_a_fault_claims_names_that_test():
    """The first words of a docstring here are the cases: both sides say the same."""
    named = {(case["id"], test) for case in CASES for test in case["tests"]}
    for path in sorted(HERE.glob("test_faults_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = (ast.get_docstring(node) or "").partition(".")[0].split(", ")
                claimed = [word for word in words if len(word) == 4 and word[0] == "F" and word[1:].isdigit()]
                for number in claimed:
                    assert (number, f"tests/faults/{path.name}::{node.name}") in named, f"{number}: {node.name}"
