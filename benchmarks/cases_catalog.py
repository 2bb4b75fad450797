"""A catalog of 300,000 images that a ledger knows: opened, matched and tagged; and held against ledger and disks."""

import sys
from pathlib import Path

from benchmarks.catalogs import add_catalog
from benchmarks.decades import make
from benchmarks.measure import Figure, Finished, run
from benchmarks.stations import Station

IMAGES, SECONDS, BYTES = 300_000, 10.0, 400e6


def large_catalog(work: Path, runs: int, *, images: int = IMAGES) -> list[Figure]:
    """`tag` and `audit` of everything, and what it costs to fetch the same rows by SQL and throw them away."""
    station = Station(work / "home", work / "CARD", work / "ssd", work / "nas").set_up()
    catalog = work / "Large.lrcat"
    count = add_catalog(catalog, make(station.home, images, work), station.ssd)
    settings = station.home / "config.toml"
    settings.write_text(
        f'{settings.read_text()}[[catalogs]]\nkind = "lightroom"\npath = "{catalog}"\n', encoding="utf-8"
    )
    where = f"whole process, {count:,} images in {catalog.stat().st_size / 1e6:.0f} MB"
    rounds = [_round(station, catalog) for _ in range(runs + 1)][1:]
    figures = []
    for number, name in enumerate(("tag", "audit")):
        mine = [each[number] for each in rounds]
        ratios = tuple(each[number].seconds / each[2].seconds for each in rounds)
        figures += [
            Figure(f"{name}, everything", "s", tuple(one.seconds for one in mine), SECONDS, where),
            Figure(f"{name}, of fetching the same rows", "", ratios, None, "python and SQL alone, in the same round"),
            Figure(f"{name}, processor time", "s", tuple(one.cpu for one in mine)),
            Figure(f"{name}, memory", "MB", tuple(one.peak / 1e6 for one in mine), BYTES / 1e6),
        ]
    plain = tuple(each[2].seconds for each in rounds)
    return [*figures, Figure("fetching the same rows, time", "s", plain, None, "thrown away, by SQL alone")]


def _round(station: Station, catalog: Path) -> tuple[Finished, Finished, Finished]:
    plain = f"from benchmarks.catalogs import *; read_plainly(Path({str(catalog)!r}))"
    return (
        station.run("tag", "--json", memory=True).demand(),
        station.run("audit", catalog, memory=True).demand(),
        run([sys.executable, "-c", plain]).demand(),
    )
