"""The chart of growth as a picture: cost by the size of the card, beside a straight line. Needs the extra `bench`."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import Figure

CHART = Path(__file__).resolve().parent / "growth.png"


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def lines_of(figures: Iterable[Figure]) -> dict[str, list[tuple[int, float]]]:
    """The lines of the chart by name: (times the smallest card, median in seconds), in order."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for figure in figures:
        if figure.point:
            name, factor = figure.point
            lines.setdefault(name, []).append((factor, figure.median))
    return {name: sorted(points) for name, points in lines.items()}


def draw(figures: Iterable[Figure], path: Path = CHART) -> None:
    """Each line relative to its own first point; what every run costs, whatever its size, lays it below the dots."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(8, 5.5), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    factors: set[int] = set()
    for name, points in lines_of(figures).items():
        first, cost = points[0]
        factors |= {factor for factor, _ in points}
        relative = [seconds / cost for _, seconds in points]
        style = "o-" if "files" in name else "s--"
        axes.plot([factor / first for factor, _ in points], relative, style, label=f"{name} (1 x = {cost:.1f} s)")
    ends = [1, max(factors)]
    axes.plot(ends, ends, ":", color="black", label="in proportion")
    ticks = sorted(factors)
    axes.set_xticks(ticks, [f"{tick} x" for tick in ticks])
    axes.set_yticks(ticks, [f"{tick} x" for tick in ticks])
    axes.set_xlabel("size of the card")
    axes.set_ylabel("cost, of the smallest card")
    axes.set_title("Cost of an ingest until SAFE, card read twice, by the size of the card")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    picture.savefig(path, dpi=110, metadata={"Software": None})
