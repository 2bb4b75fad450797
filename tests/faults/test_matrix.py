"""The matrix of faults keeps its word: each row's tests are there, each test of a fault has its row, no case lacks.

ARCHITECTURE.md shows it; the table there is the one that `matrix.toml` gives.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from matrix_table import ARCHITECTURE, cases, with_table

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CASES = cases()
FIELDS = {"id", "fault", "expected", "told", "tests"}
OF_FAULTS = [*sorted(HERE.glob("test_faults_*.py")), *sorted(HERE.glob("every_*.py")), HERE / "test_crash_points.py"]
OF_FAULTS.append(HERE / "test_power_cuts.py")
OF_FAULTS.append(REPOSITORY / "tests" / "test_data_safety.py")
# The rig itself is tested beside what it is for.
NO_FAULT = {"test_a_faulty_file_system_without_a_fault_is_as_good_as_any"}


@functools.cache
def names_of_tests(path: str) -> dict[str, str]:
    """The tests of a file, also those within classes, with their docstrings; nothing is imported."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {node.name: ast.get_docstring(node) or "" for node in found if node.name.startswith("test_")}


def all_of_faults() -> Iterator[tuple[str, str, list[str]]]:
    """(named as in the matrix, its name, the cases that it claims) of each: the first words of a docstring."""
    for path in OF_FAULTS:
        file = path.relative_to(REPOSITORY).as_posix()
        for name, words in names_of_tests(file).items():
            yield (
                f"{file}::{name}",
                name,
                re.findall(r"\b(F\d{3}|P\d\d)(?=[,.] |[,.]$)", words.partition(". ")[0] + ". "),
            )


def test_no_case_is_missing_and_each_is_told_once():
    ids = [case["id"] for case in CASES]
    assert ids == [f"F{number:03}" for number in range(1, 118)] + [f"P{number:02}" for number in range(1, 37)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_test_that_a_case_names_exists(case):
    extra = {"source"} if case["id"].startswith("P") else set()
    assert set(case) == FIELDS | extra | (set() if case["tests"] else {"why"})
    assert case["fault"]
    assert case["expected"]
    assert case["told"] or not case["tests"]  # who is shown a fault is told something
    for named in case["tests"]:
        path, _, name = named.partition("::")
        assert name in names_of_tests(path), f"{case['id']}: there is no {named}"


def test_every_test_of_a_fault_has_its_row():
    named = {test for case in CASES for test in case["tests"]}
    missing = [test for test, name, _ in all_of_faults() if test not in named and name not in NO_FAULT]
    assert missing == []


def test_every_case_that_a_test_of_a_fault_claims_names_that_test():
    """Both sides say the same."""
    named = {(case["id"], test) for case in CASES for test in case["tests"]}
    claimed = [(number, test) for test, _, numbers in all_of_faults() for number in numbers]
    assert len(claimed) > 100
    assert [pair for pair in claimed if pair not in named] == []


def test_architecture_shows_the_matrix_as_it_is():
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert with_table(text) == text, "run: python tests/faults/matrix_table.py --write"
