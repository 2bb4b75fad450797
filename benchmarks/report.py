"""The figures as a table for the terminal, and as RESULTS.md."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.measure import Figure

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_HEADS = ("what", "median", "range", "runs", "target", "")
_SIGNS = {True: "met", False: "MISSED", None: ""}


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


def table(figures: Sequence[Figure]) -> str:
    """For a terminal: columns in line, notes at the end of the lines."""
    rows = [_HEADS, *map(row, figures)]
    notes = ["", *(figure.note for figure in figures)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(_HEADS))]
    lines = []
    for cells, note in zip(rows, notes, strict=True):
        shown = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        lines.append("  ".join([*shown, note]).rstrip())
    return "\n".join(lines)


def markdown(figures: Sequence[Figure], facts: Mapping[str, str], day: date, form: str) -> str:
    """The text of RESULTS.md. form: "short" or "long"."""
    lines = [
        "# Results",
        "",
        f"Measured on {day.isoformat()} by `python -m benchmarks{' --long' * (form == 'long')} --write`.",
        "Times and memory are medians over all runs with their range; a ratio is taken within its own round.",
        "",
        *(f"- {name}: {fact}" for name, fact in facts.items()),
        "",
        "| what | median | range | runs | target | | |",
        "|---|---|---|---|---|---|---|",
        *(f"| {' | '.join((*row(figure), figure.note))} |" for figure in figures),
    ]
    return "\n".join(lines) + "\n"
