"""Memory: a plan for a large card, and what copying adds to it."""

import sys
from pathlib import Path

from benchmarks.cards import many, mixed
from benchmarks.disks import empty, three_disks
from benchmarks.measure import Figure, run
from benchmarks.stations import Station

MB = 1_000_000
PLANNED, PLAN_LIMIT, COPYING_LIMIT = 100_000, 300.0, 150.0
_COPIED = '"name": "reading again"'  # the line that ends the copying
_TINY = 512  # bytes of a file where only the number of files counts
_CARD_MB = 700


def plan_of_a_large_card(_work: Path, runs: int) -> list[Figure]:
    """The planning process itself with 100,000 files and their capture facts, nothing else in memory."""
    seen = [
        run([sys.executable, "-m", "benchmarks.plan_child", str(PLANNED)], memory=True).demand() for _ in range(runs)
    ]
    return [
        Figure(f"plan for {PLANNED:,} files, memory", "MB", tuple(s.peak / MB for s in seen), PLAN_LIMIT, "peak RSS"),
        Figure(f"plan for {PLANNED:,} files, time", "s", tuple(s.seconds for s in seen), None, "with the start"),
    ]


def copying(work: Path, runs: int) -> list[Figure]:
    """An ingest of 608 MB against its own dry run: what copying and proving add to the plan."""
    added, whole = [], []
    with three_disks(work, _CARD_MB) as disks:
        mixed(disks.card)
        for number in range(runs):
            devices = 2 if disks.apart else 1
            station = Station(work / f"memory-{number}", disks.card, disks.ssd, disks.nas, devices).set_up()
            planned = station.run("ingest", disks.card, "--json", "--dry-run", memory=True).demand()
            copied = station.run("ingest", disks.card, "--json", memory=True).demand()
            added.append((copied.peak_before(_COPIED) - planned.peak) / MB)
            whole.append(copied.family_peak / MB)
            for place in (disks.ssd, disks.nas):
                empty(place)
    return [
        Figure("copying 608 MB, memory above the plan's", "MB", tuple(added), COPYING_LIMIT, "peak RSS"),
        Figure("ingest of 608 MB, all its processes", "MB", tuple(whole), None, "peak of summed RSS, sampled"),
    ]


def a_card_of_many_files(work: Path, _runs: int) -> list[Figure]:
    """The command itself on 100,000 real, tiny files: the plan, then everything. It takes minutes."""
    folder = work / "many"
    station = Station(folder / "home", folder / "CARD", folder / "ssd", folder / "nas").set_up()
    many(station.card, PLANNED, _TINY)
    planned = station.run("ingest", station.card, "--json", "--dry-run", memory=True).demand()
    copied = station.run("ingest", station.card, "--json", memory=True).demand()
    what = f"{PLANNED:,} files of {_TINY} bytes"
    added = (copied.peak_before(_COPIED) - planned.peak) / MB
    both = PLAN_LIMIT + COPYING_LIMIT
    return [
        Figure(f"dry run, {what}, memory", "MB", (planned.peak / MB,), PLAN_LIMIT, "peak RSS"),
        Figure(f"copying {what}, memory above the plan's", "MB", (added,), COPYING_LIMIT, "peak RSS"),
        Figure(f"ingest, {what}, memory", "MB", (copied.peak / MB,), both, "peak RSS of the whole session"),
        Figure(f"ingest, {what}, time", "s", (copied.seconds,), None, ""),
    ]
