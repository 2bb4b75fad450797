"""A card that is slower than the destinations: everything that proves should hide behind the one read of it."""

from pathlib import Path

from benchmarks.contest import ONE, TWO, contest
from benchmarks.measure import Figure
from benchmarks.peers import CAT
from benchmarks.stage import Scene, stand

SAME_MOMENT, TWO_READS = 1.05, 2.10


def slow_card(_work: Path, runs: int, scene: Scene, target: float) -> list[Figure]:
    """Until SAFE with one read at most `target` x of reading the card; with two at most 2.10 x, editing not later.

    Raises CannotLimitError where the kernel limits nothing for this user.
    """
    with stand(scene) as stage:
        outcome = contest(stage, runs, (1, 2), (CAT,))
        words = stage.disks.words
    rate = scene.limit / 1e6
    note = f"{scene.words}, the card limited to {rate:.0f} MB/s; {words}"
    read = tuple(scene.size.bytes / 1e6 / turn.seconds for turn in outcome.turns[CAT.name])
    editing = outcome.ratio(TWO, ONE, "editing", "editing")
    return [
        Figure(f"{ONE}, until SAFE / {CAT.name}", "x", outcome.ratio(ONE, CAT.name), target, note),
        Figure(f"{ONE}, every copy proven / {CAT.name}", "x", outcome.ratio(ONE, CAT.name, "editing"), None, note),
        Figure(f"{TWO}, until SAFE / {CAT.name}", "x", outcome.ratio(TWO, CAT.name), TWO_READS, note),
        Figure(f"{TWO}, every copy proven / the same with reads = 1", "x", editing, SAME_MOMENT, note),
        Figure("  the card as cat read it", "MB/s", read, None, f"limit {rate:.0f} MB/s"),
        *outcome.figures(),
    ]
