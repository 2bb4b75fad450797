"""Questions and records in a ledger of a million assets, beside the same in one that knows this card alone."""

import os
import time
from contextlib import closing
from pathlib import Path

from benchmarks.cards import many
from benchmarks.cases_check import BYTES_A_FILE, FILES
from benchmarks.decades import add_decades
from benchmarks.measure import Figure
from benchmarks.stations import Station
from benchmarks.years import assets_in
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.places import destination_ids, remember_card
from ingest.ledger.runs import open_run
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead

_BATCH = 256
ASSETS, NEW_FILES, SLOWER = 1_000_000, 1_000, 1.1


def a_ledger_of_decades(work: Path, runs: int) -> list[Figure]:
    """`check` of a real card of 5,000 files, `status`, and ingests of 1,000 new files, in turn at both stations."""
    small, large = (_station(work / name) for name in ("small", "large"))
    ledger = large.home / "ledger.sqlite"
    seconds = add_decades(ledger, ASSETS - assets_in(ledger))
    where = f"whole process, warm, {assets_in(ledger):,} assets in {ledger.stat().st_size / 1e6:.0f} MB"
    checks, screens, ingests = ([], []), ([], []), ([], [])
    for number in range(runs + 1):
        for which, station in enumerate((small, large)):
            checks[which].append(station.run("check", station.card, "--json").demand().seconds)
            screens[which].append(station.run("status", "--json").demand().seconds)
            ingests[which].append(_ingest(station, work / f"NEW{number}-{which}", 2 * number + which))
    ratios = tuple(b / a for a, b in zip(ingests[0][1:], ingests[1][1:], strict=True))
    return [
        Figure(f"check, {FILES:,} files on the card", "s", tuple(checks[1][1:]), 0.5, where),
        Figure("the same in a small ledger", "s", tuple(checks[0][1:])),
        Figure("status", "s", tuple(screens[1][1:]), 0.5, where),
        Figure("the same in a small ledger", "s", tuple(screens[0][1:])),
        Figure(f"ingest of {NEW_FILES:,} files of {BYTES_A_FILE // 1000} kB", "s", tuple(ingests[1][1:]), None, where),
        Figure("the same in a small ledger", "s", tuple(ingests[0][1:])),
        Figure("ratio of the two", "", ratios, SLOWER, "pairs run one after the other"),
        Figure(f"record of {NEW_FILES:,} files", "s", _records(ledger, runs), None, "the ledger's verbs alone"),
        Figure("the same in a small ledger", "s", _records(small.home / "ledger.sqlite", runs)),
        Figure("the million, made in bulk", "s", (seconds,), 90),
    ]


def _station(folder: Path) -> Station:
    """With a card that was ingested."""
    station = Station(folder / "home", folder / "CARD", folder / "ssd", folder / "nas").set_up()
    many(station.card, FILES, BYTES_A_FILE)
    station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
    return station


def _ingest(station: Station, card: Path, seed: int) -> float:
    """Seconds for a card of contents that no ledger has seen."""
    many(card, NEW_FILES, BYTES_A_FILE)
    for path in card.glob("DCIM/*/*"):
        with path.open("ab") as file:
            file.write(b"%08d" % seed)
    return station.run("ingest", card, "--json", "--shoot", f"New {seed}").demand().seconds


def _records(ledger: Path, runs: int) -> tuple[float, ...]:
    """Seconds to record a card of new contents in batches, until the ledger is closed again."""
    seconds = []
    for number in range(runs + 1):
        start = time.perf_counter()
        with closing(open_ledger(ledger)) as connection:
            card_id = remember_card(connection, CardIdentity(f"RECORD-{start}", "EOS", 64 << 30), "exfat", start)
            run_id = open_run(connection, card_id, start, "", "ingest")
            folder = f"2025/2025-06-14 Record {start}".encode()
            shoot_id = add_shoot(
                connection,
                name=f"Record {number}",
                day="2025-06-14",
                last_day="2025-06-14",
                folder=folder,
                named_by_user=True,
                now=start,
            )
            places = destination_ids(connection)
            files = [_new_file(folder, shoot_id, list(places.values()), n) for n in range(NEW_FILES)]
            for first in range(0, NEW_FILES, _BATCH):
                with transaction(connection):
                    part = files[first : first + _BATCH]
                    record(connection, run_id=run_id, card_id=card_id, boot_id="", files=part, upload=None, now=start)
        seconds.append(time.perf_counter() - start)
    return tuple(seconds[1:])


def _new_file(folder: bytes, shoot_id: int, places: list[int], number: int) -> NewFile:
    """A file of a content that nobody has."""
    name = b"IMG_%04d.CR3" % number
    path, sha1 = folder + b"/" + name, os.urandom(20)
    digest = Digest(24_000_000 + int.from_bytes(sha1[:3], "big"), os.urandom(16), sha1)
    copies = tuple(NewCopy(place, path, number, 1, Method.DIRECT, True, digest.xxh128, 1.0) for place in places)
    read = SourceRead(1, digest.xxh128, Method.CACHED, 1.0)
    file = CardFile(b"DCIM/100CANON/" + name, digest.size, 1)
    return NewFile(file, digest, os.urandom(16), read, copies, None, shoot_id, path, name[:8].decode())
