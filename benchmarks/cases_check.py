"""The command's start, and `check` on a card of 5,000 files in a ledger of years."""

from pathlib import Path

from benchmarks.cards import many
from benchmarks.measure import Figure, run
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
    folder = work / "check"
    station = Station(folder / "home", folder / "CARD", folder / "ssd", folder / "nas").set_up()
    many(station.card, FILES, BYTES_A_FILE)
    first = station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
    ledger = station.home / "ledger.sqlite"
    add_years(ledger, ASSETS - assets_in(ledger))
    checks = [station.run("check", station.card, "--json").demand() for _ in range(runs + 1)][1:]
    where = f"whole process, warm, {assets_in(ledger):,} assets in {ledger.stat().st_size / 1e6:.0f} MB"
    return [
        Figure(f"check, {FILES:,} files on the card", "s", tuple(done.seconds for done in checks), 0.5, where),
        Figure(f"ingest before it, {FILES:,} files of {BYTES_A_FILE // 1000} kB", "s", (first.seconds,), None, ""),
    ]
