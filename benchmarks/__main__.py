"""`python -m benchmarks`: the short form, about two minutes; `--long` for more runs and 100,000 real files."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.cases_check import check_of_a_card, start_of_the_command
from benchmarks.cases_copy import ingest_beside_cp
from benchmarks.cases_memory import a_card_of_many_files, copying, plan_of_a_large_card
from benchmarks.disks import work_folder
from benchmarks.machine import can_drop_caches, describe
from benchmarks.measure import Figure
from benchmarks.report import RESULTS, markdown, table


@dataclass(frozen=True, slots=True)
class Case:
    """measure(folder of its own, runs) gives figures. short, long: how often; 0 leaves it out."""

    name: str
    measure: Callable[[Path, int], list[Figure]]
    short: int
    long: int


CASES = (
    Case("start", start_of_the_command, 9, 25),
    Case("check", check_of_a_card, 7, 25),
    Case("plan-memory", plan_of_a_large_card, 1, 3),
    Case("copy-memory", copying, 1, 3),
    Case("copy", ingest_beside_cp, 3, 9),
    Case("many", a_card_of_many_files, 0, 1),
)


def main() -> int:
    """Measure, print, write when asked; gives 1 when a target was missed."""
    options = _options()
    facts = describe()
    if not can_drop_caches():
        print("Not root: caches stay warm and all places share one disk; ratios say less.", file=sys.stderr)
    figures: list[Figure] = []
    with work_folder() as work:
        for case in CASES:
            runs = case.long if options.long else case.short
            if runs and (not options.only or case.name in options.only):
                figures += _measured(case, work, runs)
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()), end="\n\n")
    print(table(figures))
    if options.write:
        form = "long" if options.long else "short"
        RESULTS.write_text(markdown(figures, facts, date.today(), form), encoding="utf-8")  # noqa: DTZ011 - local day
        print(f"\nWritten: {RESULTS}")
    return int(any(figure.met is False for figure in figures))


def _measured(case: Case, work: Path, runs: int) -> list[Figure]:
    folder = work / case.name
    folder.mkdir()
    start = time.monotonic()
    figures = case.measure(folder, runs)
    print(f"{case.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return figures


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--long", action="store_true", help="more runs, and the case that takes minutes")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}; needs all cases")
    parser.add_argument("--only", action="append", choices=[case.name for case in CASES], help="only this case")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write needs all cases: leave out --only")
    return options


if __name__ == "__main__":
    sys.exit(main())
