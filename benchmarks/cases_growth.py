"""Cost against the size of the card: 1, 2, 4 and 8 times the files, and 1, 2, 4 and 8 times the bytes."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.contest import TWO, contest
from benchmarks.measure import Figure
from benchmarks.stage import Scene, Turn, stand

FACTORS = (1, 2, 4, 8)
AS_LINEAR = 1.1  # of a straight line through the smallest card
_Point = tuple[int, Sequence[Turn], str]  # factor, its turns, the card in words


def growth(_work: Path, runs: int, files: Callable[[int], Scene], sizes: Callable[[int], Scene]) -> list[Figure]:
    """files, sizes: the card of a factor, with more small files, or with more large ones."""
    found: list[Figure] = []
    for what, scene_of in (("files", files), ("bytes", sizes)):
        points = [_point(runs, factor, scene_of(factor)) for factor in FACTORS]
        found += _figures(what, points)
    return found


def _point(runs: int, factor: int, scene: Scene) -> _Point:
    with stand(scene) as stage:
        return factor, contest(stage, runs, (2,), ()).turns[TWO], scene.words


def _figures(what: str, points: Sequence[_Point]) -> list[Figure]:
    figures = []
    for name, of in (("time until SAFE", "seconds"), ("processor time", "cpu")):
        costs = {factor: tuple(getattr(turn, of) for turn in turns) for factor, turns, _ in points}
        first, last = statistics.median(costs[FACTORS[0]]), costs[FACTORS[-1]]
        grown = tuple(cost / first for cost in last)
        limit = AS_LINEAR * FACTORS[-1]
        figures.append(Figure(f"{FACTORS[-1]} x the {what}, {name}", "x", grown, limit, "of the smallest card"))
        step = last_step({factor: statistics.median(values) for factor, values in costs.items()})
        figures.append(
            Figure(f"{name} of one more, {what}: from 4 x to 8 x / from 1 x to 4 x", "x", (step,), None, "1 is linear")
        )
        for factor, _, words in points:
            line = f"{name}, more {what}"
            figures.append(Figure(f"  {words}, {name}", "s", costs[factor], None, f"{factor} x", (line, factor)))
    return figures


def last_step(costs: dict[int, float]) -> float:
    """The cost of one more, between the two largest cards, by that between the smallest and the second largest.

    What every run costs whatever its size falls out: 1 is linear, more grows faster than the card.
    """
    low, *_, high, top = sorted(costs)
    return (costs[top] - costs[high]) / (top - high) / ((costs[high] - costs[low]) / (high - low))
