"""The command's start, and `check` on a card of 5,000 files in a ledger of years."""

import sys
import tempfile
from pathlib import Path

from benchmarks.cards import many
from benchmarks.measure import Figure, Finished, run
from benchmarks.profiling import threads
from benchmarks.stations import Station, safelight
from benchmarks.years import add_years, assets_in

FILES, ASSETS, BYTES_A_FILE = 5_000, 100_000, 20_000


def start_of_the_command(_work: Path, runs: int) -> list[Figure]:
    """How long `safelight --help` takes; the first run only warms the cache."""
    seconds = [run([*safelight(), "--help"]).demand().seconds for _ in range(runs + 1)]
    return [Figure("safelight --help", "s", tuple(seconds[1:]), 0.25, "whole process, warm")]


def check_of_a_card(work: Path, runs: int) -> list[Figure]:
    """`safelight check` of an unchanged card: 5,000 files whose copies really stand at two folders, all proven.

    The other 95,000 assets of the ledger were written by the ledger's own verbs, without files.
    """
    station, first = _ingested(work / "check")
    ledger = station.home / "ledger.sqlite"
    add_years(ledger, ASSETS - assets_in(ledger))
    checks = [station.run("check", station.card, "--json").demand() for _ in range(runs + 1)][1:]
    where = f"whole process, warm, {assets_in(ledger):,} assets in {ledger.stat().st_size / 1e6:.0f} MB"
    return [
        Figure(f"check, {FILES:,} files on the card", "s", tuple(done.seconds for done in checks), 0.5, where),
        Figure(f"ingest before it, {FILES:,} files of {BYTES_A_FILE // 1000} kB", "s", (first.seconds,), None, ""),
    ]


def where_a_check_spends_its_time() -> str:
    """The functions of one `check` of 5,000 files, under the profiler, which slows down what makes many calls."""
    with tempfile.TemporaryDirectory() as folder:
        station, _ = _ingested(Path(folder))
        words: tuple[str | Path, ...] = ("check", station.card, "--json")
        plain = [station.run(*words).demand() for _ in range(4)][1:]
        profiles = Path(folder, "profiles")
        profiles.mkdir()
        program = [sys.executable, "-m", "benchmarks.profile_child", profiles]
        profiled = run([*program, *words], variables=station.variables).demand()
        rows = list(threads(profiles, profiled.seconds, least=0.01, most=20))
    seconds, cpu = min((done.seconds, done.cpu) for done in plain)
    bare = min(run([sys.executable, "-c", ""]).demand().seconds for _ in range(3))
    head = (
        f"check, {FILES:,} files: {seconds:.2f} s, {cpu:.2f} s of processor (the quickest of three; an interpreter that"
        f" does nothing takes {bare:.2f} s)"
    )
    return "\n".join([head, f"with the profiler on, {profiled.seconds:.2f} s; by the clock, waiting too:", *rows])


def _ingested(folder: Path) -> tuple[Station, Finished]:
    """A card of 5,000 files that is safe, and its ingest."""
    station = Station(folder / "home", folder / "CARD", folder / "ssd", folder / "nas").set_up()
    many(station.card, FILES, BYTES_A_FILE)
    return station, station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
