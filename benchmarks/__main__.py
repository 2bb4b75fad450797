"""`python -m benchmarks [CASE ...]`: the short form, a few minutes; `--long` for more rounds and every case."""

import argparse
import signal
import sys
import time
from datetime import date
from pathlib import Path
from types import FrameType

from benchmarks.disks import work_folder
from benchmarks.machine import can_drop_caches, describe
from benchmarks.measure import Figure
from benchmarks.registry import Case, cases
from benchmarks.report import RESULTS, markdown, table
from benchmarks.throttle import CannotLimitError


def main() -> int:
    """Measure, print, write when asked; gives 1 when a target was missed."""
    signal.signal(signal.SIGTERM, _end)
    options = _options()
    facts = describe()
    if not can_drop_caches():
        print("Not root: caches stay warm and all places share one disk; ratios say less.", file=sys.stderr)
    chosen = [case for case in cases(options.scale) if not options.cases or case.name in options.cases]
    figures: dict[str, list[Figure]] = {}
    left_out: list[str] = []
    with work_folder(options.on) as work:
        for case in chosen:
            runs = options.rounds or (case.long if options.long else case.short)
            if not runs and not options.cases:
                left_out.append(f"{case.name}: it takes minutes; --long, or name it")
                continue
            try:
                figures[case.name] = _measured(case, work, runs or case.long, short=not options.long)
            except CannotLimitError as error:
                left_out.append(f"{case.name}: {error}")
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()), end="\n\n")
    print(table(figures))
    print("".join(f"\nleft out: {line}" for line in left_out))
    if options.write:
        form = "long" if options.long else "short"
        RESULTS.write_text(markdown(figures, facts, date.today(), form, left_out), encoding="utf-8")  # noqa: DTZ011 - local day
        print(f"\nWritten: {RESULTS}")
    return int(any(figure.met is False for each in figures.values() for figure in each))


def _measured(case: Case, work: Path, runs: int, *, short: bool) -> list[Figure]:
    folder = work / case.name
    folder.mkdir()
    start = time.monotonic()
    print(f"{case.name}:", file=sys.stderr)
    measure = case.short_measure if short and case.short_measure else case.measure
    figures = measure(folder, runs)
    print(f"{case.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return figures


def _end(_number: int, _frame: FrameType | None) -> None:
    """Take everything down on the way out."""
    sys.exit(128 + signal.SIGTERM)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [case.name for case in cases()]
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(names)}")
    parser.add_argument("--long", action="store_true", help="more rounds, and the cases that take minutes")
    parser.add_argument("--rounds", type=int, default=0, help="so many rounds of each case")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}; needs all cases")
    parser.add_argument("--on", type=Path, help="folder for the images of the disks; memory where there is none given")
    parser.add_argument("--scale", type=float, default=1.0, help="smaller cards, to try the benchmarks themselves")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(names):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if options.write and (options.cases or options.scale != 1):
        parser.error("--write needs all cases in their size: leave out CASE and --scale")
    return options


if __name__ == "__main__":
    sys.exit(main())
