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


def markdown(
    figures: Mapping[str, Sequence[Figure]], facts: Mapping[str, str], day: date, form: str, left_out: Sequence[str]
) -> str:
    """The text of RESULTS.md. form: "short" or "long"."""
    lines = [
        "# Results",
        "",
        f"Measured on {day.isoformat()} by `python -m benchmarks{' --long' * (form == 'long')} --write`.",
        "",
        "Times and memory are medians over all rounds with their range; a ratio is taken within each round, its median",
        "is shown. In a round all contenders take their turn on the same card, caches emptied before each, in changing",
        "order. A turn counts only when both destinations hold the card, and ours only when it ended with SAFE.",
        "",
        *(f"- {name}: {fact}" for name, fact in facts.items()),
    ]
    for case, each in figures.items():
        lines += [
            "",
            f"## {case}",
            "",
            "| what | median | range | runs | target | | |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [f"| {' | '.join((*row(figure), figure.note))} |" for figure in each]
    if left_out:
        lines += ["", "## Left out", "", *(f"- {line}" for line in left_out)]
    return "\n".join(lines) + "\n"
