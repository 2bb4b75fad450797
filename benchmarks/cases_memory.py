"""Memory: a plan for a large card, and whole ingests with all their processes."""

import sys
from pathlib import Path

from benchmarks.contest import TWO, contest
from benchmarks.measure import Figure, run
from benchmarks.stage import Scene, stand

MB = 1_000_000
PLANNED, PLAN_LIMIT, INGEST_LIMIT = 100_000, 300.0, 250.0


def plan_of_a_large_card(_work: Path, runs: int) -> list[Figure]:
    """The planning process itself with 100,000 files and their capture facts, nothing else in memory."""
    seen = [
        run([sys.executable, "-m", "benchmarks.plan_child", str(PLANNED)], memory=True).demand() for _ in range(runs)
    ]
    return [
        Figure(f"plan for {PLANNED:,} files, memory", "MB", tuple(s.peak / MB for s in seen), PLAN_LIMIT, "peak RSS"),
        Figure(f"plan for {PLANNED:,} files, time", "s", tuple(s.seconds for s in seen), None, "with the start"),
    ]


def whole_ingest(_work: Path, runs: int, scene: Scene) -> list[Figure]:
    """All processes of an ingest together, and the largest of them, with the default of two reads."""
    with stand(scene) as stage:
        turns = contest(stage, runs, (2,), (), memory=True).turns[TWO]
    what = f"ingest of {scene.words}"
    together, largest = (tuple(getattr(t, name) / MB for t in turns) for name in ("family_peak", "largest"))
    note = "peak of the sum of PSS of all processes, sampled ten times a second"
    return [
        Figure(f"{what}, memory of all processes", "MB", together, INGEST_LIMIT, note),
        Figure(f"{what}, memory of the largest process", "MB", largest, INGEST_LIMIT, "peak RSS, the kernel's mark"),
        Figure(f"  {what}, time while watched", "s", tuple(turn.seconds for turn in turns)),
    ]
