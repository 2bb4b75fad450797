"""`python -m benchmarks [CASE ...]`: the short form, a few minutes; `--long` for more rounds and every case."""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import FrameType

from benchmarks.chart import CHART, can_draw, draw
from benchmarks.disks import work_folder
from benchmarks.machine import as_installed, can_drop_caches, describe
from benchmarks.measure import CannotMeasureError, Figure
from benchmarks.profiling import where_the_time_goes
from benchmarks.registry import Case, cases
from benchmarks.report import RESULTS, Report, markdown, table


def main() -> int:
    """Measure, print, write when asked; gives 1 when a target was missed."""
    signal.signal(signal.SIGTERM, _end)
    options = _options()
    as_installed()
    if not can_drop_caches():
        print("Not root: caches stay warm and all places share one disk; ratios say less.", file=sys.stderr)
    all_cases = cases(options.scale)
    with work_folder() as work:
        if options.profile:
            chosen = [case for case in all_cases if case.name in options.profile]
            print("\n\n".join(_profiles(chosen, options.reads)))
            return 0
        report = _report([case for case in all_cases if not options.cases or case.name in options.cases], work, options)
    print("\n".join(f"{name}: {fact}" for name, fact in report.facts.items()), end="\n\n")
    print(table(report.figures))
    print("".join(f"\nleft out: {line}" for line in report.left_out))
    print("".join(f"\n{text}\n" for text in report.profiles), end="")
    if options.write:
        _write(report)
    return int(any(figure.met is False for each in report.figures.values() for figure in each))


def _report(chosen: Sequence[Case], work: Path, options: argparse.Namespace) -> Report:
    """Measure the cases in turn; with --write, look into those of which a target was missed."""
    figures: dict[str, list[Figure]] = {}
    left_out = []
    for case in chosen:
        runs = options.rounds or (case.long if options.long or options.cases else case.short)
        if not runs:
            left_out.append(f"{case.name}: it takes minutes; ask with --long or by its name")
            continue
        try:
            figures[case.name] = _measured(case, work, runs, short=not (options.long or options.cases))
        except CannotMeasureError as error:
            left_out.append(f"{case.name}: {error}")
    missed = [case for case in chosen if _is_missed(figures.get(case.name, ()))]
    profiles = _profiles(missed, 1) if options.write else []
    return Report(figures, describe(), date.today(), options.long, left_out, profiles)  # noqa: DTZ011 - local day


def _measured(case: Case, work: Path, runs: int, *, short: bool) -> list[Figure]:
    folder = work / case.name
    folder.mkdir()
    start = time.monotonic()
    print(f"{case.name}:", file=sys.stderr)
    measure = case.short_measure if short and case.short_measure else case.measure
    figures = measure(folder, runs)
    print(f"{case.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return figures


def _is_missed(figures: Sequence[Figure]) -> bool:
    return any(figure.met is False for figure in figures)


def _profiles(chosen: Sequence[Case], reads: int) -> list[str]:
    found = [case.profile() for case in chosen if case.profile]
    return found + [where_the_time_goes(case.name, case.scene, reads) for case in chosen if case.scene]


def _write(report: Report) -> None:
    """RESULTS.md, and the chart where there is something to draw and something to draw with."""
    found = [figure for each in report.figures.values() for figure in each]
    if any(figure.point for figure in found):
        draw(found)
    RESULTS.write_text(markdown(report, CHART), encoding="utf-8")
    print(f"\nWritten: {RESULTS}")


def _end(_number: int, _frame: FrameType | None) -> None:
    """Take everything down on the way out."""
    sys.exit(128 + signal.SIGTERM)


def _options() -> argparse.Namespace:
    every = cases()
    names: Mapping[str, Case] = {case.name: case for case in every}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these, in full: {', '.join(names)}")
    parser.add_argument("--long", action="store_true", help="more rounds, and the cases that take minutes")
    parser.add_argument("--rounds", type=int, default=0, help="so many rounds of each case")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} and the chart; needs all cases")
    profiled = [name for name, case in names.items() if case.scene or case.profile]
    parser.add_argument("--profile", action="append", choices=profiled, help="where its time goes")
    parser.add_argument("--reads", type=int, default=1, choices=(1, 2), help="of the card, with --profile")
    parser.add_argument("--scale", type=float, default=1.0, help="smaller cards, to try the benchmarks themselves")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(names):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if options.write and (options.cases or options.scale != 1):
        parser.error("--write needs all cases in their size: leave out CASE and --scale")
    if options.write and options.long and not can_draw():
        parser.error("the chart needs matplotlib: pip install -e '.[bench]'")
    return options


if __name__ == "__main__":
    sys.exit(main())
