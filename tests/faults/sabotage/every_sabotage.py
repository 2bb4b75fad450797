"""Every protection is switched off once, and a test notices: takes minutes, `make test-faults`.

The named tests run in processes of their own, several at a time: once as the product is, then with each sabotage.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sabotages import SABOTAGES, Sabotage

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
FAIR_WEATHER = "tests/faults/sabotage/fair_weather.py"
Outcomes = dict[str, str]  # name of a test -> passed, failed, skipped


def run_tests(folder: Path, tests: Sequence[str], sabotage: str = "") -> Outcomes:
    """The tests in a process of their own. folder: for its temporary files."""
    folder.mkdir()
    told = folder / "told"
    told.touch()
    paths = os.pathsep.join((str(HERE), str(REPOSITORY)))
    environment = {**os.environ, "PYTHONPATH": paths, "SAFELIGHT_SABOTAGE": sabotage, "SAFELIGHT_TOLD": str(told)}
    command = (sys.executable, "-m", "pytest", "-q", "-p", "saboteur", "-p", "no:cacheprovider", *tests)
    basetemp = f"--basetemp={folder / 'tests'}"
    ended = subprocess.run((*command, basetemp), cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr  # 1: some test failed; else nothing ran at all
    outcomes: Outcomes = {}
    for line in told.read_text(encoding="utf-8").splitlines():
        when, outcome, name = line.split(" ", 2)
        outcomes[name] = outcome if when == "call" or outcome == "skipped" else "error"
    return outcomes


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcomes]:
    """Of each sabotage, and under "" without one. SAFELIGHT_ONLY: the names of some alone, separated by commas."""
    base = tmp_path_factory.mktemp("sabotage")
    chosen = [each for each in SABOTAGES if each.name in wanted()]
    named = sorted({test for each in chosen for test in each.caught_by})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        honest = pool.submit(run_tests, base / "honest", named)
        runs = {
            each.name: pool.submit(run_tests, base / str(number), (FAIR_WEATHER, *each.caught_by), each.name)
            for number, each in enumerate(chosen)
        }
        return {"": honest.result(), **{name: run.result() for name, run in runs.items()}}


def wanted() -> list[str]:
    only = os.environ.get("SAFELIGHT_ONLY", "")
    return only.split(",") if only else [each.name for each in SABOTAGES]


def test_without_a_sabotage_every_named_test_passes(results):
    outcomes = results[""]
    assert outcomes
    assert {name: outcome for name, outcome in outcomes.items() if outcome not in ("passed", "skipped")} == {}


@pytest.mark.parametrize("sabotage", [each for each in SABOTAGES if each.name in wanted()], ids=lambda each: each.name)
def test_a_sabotage_is_caught_by_a_named_test(results, sabotage: Sabotage):
    outcomes = results[sabotage.name]
    fair = {name: outcome for name, outcome in outcomes.items() if name.startswith(FAIR_WEATHER)}
    named = {name: outcome for name, outcome in outcomes.items() if name not in fair}
    assert set(fair.values()) == {"passed"}, f"{sabotage.name} breaks the program, not a protection"
    if set(named.values()) == {"skipped"}:
        pytest.skip("none of its tests can run here")
    red = sorted(name for name, outcome in named.items() if outcome == "failed")
    print(f"\n{sabotage.name}: {len(red)} of {len(named)} red")
    assert red, f"nobody notices that this is off: {sabotage.off}"
