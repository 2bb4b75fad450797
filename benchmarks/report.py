"""The figures as a table for the terminal, and as RESULTS.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.measure import Figure

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_HEADS = ("what", "median", "range", "runs", "target", "")
_SIGNS = {True: "met", False: "MISSED", None: ""}

_RULES = (
    "Times and memory are medians over all rounds with their range; a ratio is taken within each round, and its median",
    "is shown. In a round all contenders take their turn on the same card, in changing order: each time the card is",
    "plugged in anew, so that nothing of it is in memory, and the destinations are made anew; the programs themselves",
    "are warm. A check by a peer finds its caches empty too, unless it says *from memory*. What is written is flushed",
    "within the time. A turn counts only when both destinations hold the card, and Safelight's only when it ended with",
    "SAFE.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured. figures: by case. facts: of the machine. profiles: where time went, as text."""

    figures: Mapping[str, Sequence[Figure]]
    facts: Mapping[str, str]
    day: date
    is_long: bool
    left_out: Sequence[str]
    profiles: Sequence[str]


def row(figure: Figure) -> tuple[str, ...]:
    """One figure in words: what, median, range, runs, target, whether it was met."""
    low, high = min(figure.values), max(figure.values)
    spread = f"{_number(low)}-{_number(high)}" if len(figure.values) > 1 else ""
    target = "" if figure.target is None else f"< {figure.target:g} {figure.unit}"
    median = f"{_number(figure.median)} {figure.unit}"
    return figure.what, median, spread, str(len(figure.values)), target, _SIGNS[figure.met]


def _number(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(figures: Mapping[str, Sequence[Figure]]) -> str:
    """For a terminal, by case: columns in line, notes at the end of the lines."""
    rows: list[tuple[str, ...]] = [(*_HEADS, "")]
    for case, each in figures.items():
        rows.append((case, *[""] * len(_HEADS)))
        rows += [(f"  {cells[0]}", *cells[1:], figure.note) for figure in each for cells in (row(figure),)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[-1]]).rstrip()
        for cells in rows
    )


def markdown(report: Report, chart: Path | None = None) -> str:
    """The text of RESULTS.md. chart: the picture, shown when the report has something in it."""
    lines = [
        "# Results",
        "",
        f"Measured on {report.day.isoformat()} by `python -m benchmarks{' --long' * report.is_long} --write`.",
        "",
        *(f"- {name}: {fact}" for name, fact in report.facts.items()),
        "",
        *_RULES,
    ]
    for case, figures in report.figures.items():
        lines += [
            "",
            f"## {case}",
            "",
            "| what | median | range | runs | target | | |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [f"| {' | '.join((*row(figure), figure.note))} |" for figure in figures]
        if chart and any(figure.point for figure in figures):
            lines += ["", f"![cost by the size of the card]({chart.name})"]
    if report.profiles:
        lines += ["", "## What bounds the figures that were missed"]
        lines += [f"\n```\n{text}\n```" for text in report.profiles]
    if report.left_out:
        lines += ["", "## Left out", "", *(f"- {line}" for line in report.left_out)]
    return "\n".join(lines) + "\n"
