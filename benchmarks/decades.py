"""A ledger of a million assets: three cards that were ingested again and again, each file proven at two places.

The files do not exist. The ledger's verbs would take minutes, so the rows are made in bulk, with the triggers and most
indices put aside meanwhile; what stands in the end is what sessions would have left, triggers and indices included.

    python -m benchmarks.decades FOLDER [ASSETS]     writes FOLDER/ledger.sqlite
"""

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.places import destination_ids, remember_card, remember_destination
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardIdentity
from ingest.model.places import Destination, DestinationKind, Volume

CARDS = 3
FILES_A_RUN = 2500
BUCKET = "bench-archive"
_FIRST_DAY = date(2005, 1, 5)
_DAYS_BETWEEN = 9
_BOOT = "00000000-0000-0000-0000-000000000000"
_KEPT = ("asset_by_head",)  # filled as sessions fill it: in random order

# i: number of the asset; :assets, :copies, :runs, :shoots: the highest ids before. A run has its shoot.
_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
_RUN = f"(:runs + 1 + i / {FILES_A_RUN})"
_NAME = f"printf('IMG_%04d.%s', i % {FILES_A_RUN} / 2 + 1, iif(i % 2, 'JPG', 'CR3'))"
_CARD_PATH = f"CAST('DCIM/100CANON/' || {_NAME} AS BLOB)"
_RUNS = f"JOIN run r ON r.id = {_RUN} JOIN shoot s ON s.id = r.id - :runs + :shoots"
_PATH = f"CAST(CAST(s.folder AS TEXT) || '/' || {_NAME} AS BLOB)"

_ROWS = (
    "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, capture_local, capture_source,"
    " offset_minutes, make, model, serial, first_run)"
    " SELECT :assets + 1 + i, 6000000 + abs(random()) % 16777216 + 18000000 * (1 - i % 2), randomblob(16),"
    f" randomblob(20), randomblob(16), CAST({_NAME} AS BLOB), (r.started + i) * 1000000000, s.day || 'T12:00:00',"
    f" 'exif', 60, 'Canon', 'Canon EOS R5', '012345678901', r.id FROM n {_RUNS}",
    "INSERT INTO copy (id, asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
    f" SELECT :copies + 1 + 2 * i + d.place, :assets + 1 + i, d.id, {_PATH}, CAST(s.folder AS TEXT) || '/' || {_NAME},"
    " 'proven', i + 1000, (r.started + i) * 1000000000, r.id"
    f" FROM n {_RUNS} CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM destination LIMIT 2) d",
    "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"
    f" SELECT c.id, c.run_id, r.started, '{_BOOT}', 'direct', 1, a.xxh128 FROM copy c JOIN asset a ON a.id = c.asset_id"
    " JOIN run r ON r.id = c.run_id WHERE c.id > :copies",
    "INSERT INTO source_read (run_id, card_id, path, size, mtime_ns, nth, xxh128, method, at)"
    f" SELECT r.id, r.card_id, {_CARD_PATH}, a.size, a.mtime_ns, t.nth, a.xxh128, t.method, r.started"
    f" FROM n {_RUNS} JOIN asset a ON a.id = :assets + 1 + i"
    " CROSS JOIN (SELECT 1 AS nth, 'cached' AS method UNION ALL SELECT 2, 'direct') t",
    f"INSERT INTO shoot_asset (shoot_id, asset_id, path, object) SELECT s.id, :assets + 1 + i, {_PATH},"
    f" substr({_NAME}, 1, 8) FROM n {_RUNS}",
    "INSERT INTO card_file (card_id, path, size, mtime_ns, asset_id, dest, run_id, reads)"
    f" SELECT r.card_id, {_CARD_PATH}, a.size, a.mtime_ns, a.id, {_PATH}, r.id, 2"
    f" FROM n {_RUNS} JOIN asset a ON a.id = :assets + 1 + i"
    f" WHERE r.id IN (SELECT max(id) FROM run WHERE id > :runs GROUP BY card_id)",
    f"INSERT INTO verdict_file (verdict_id, path, asset_id) SELECT :verdicts + r.id - :runs, {_CARD_PATH},"
    f" :assets + 1 + i FROM n {_RUNS}",
    "INSERT INTO upload_job (asset_id, bucket, key, state, file_id, created, sent_at, checked_at, how, size)"
    f" SELECT :assets + 1 + i, '{BUCKET}', 'originals/' || CAST(s.folder AS TEXT) || '/' || {_NAME}, 'checked',"
    f" '4_z' || lower(hex(randomblob(36))), r.started, r.started, r.started, 'sha1', a.size"
    f" FROM n {_RUNS} JOIN asset a ON a.id = :assets + 1 + i",
    "INSERT OR REPLACE INTO upload_total"
    " SELECT bucket, state, count(*), sum(size) FROM upload_job GROUP BY bucket, state",
)


def add_decades(ledger: Path, assets: int) -> float:
    """Add so many assets to a ledger that knows two destinations; gives the seconds that it took."""
    start = time.monotonic()
    with closing(open_ledger(ledger)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        with transaction(connection), _set_aside(connection):
            before = _highest(connection)
            _add_runs(connection, before, -(-assets // FILES_A_RUN))
            for statement in _ROWS:
                head, _, rest = statement.partition(" SELECT ")
                sql = f"{head} {_NUMBERS} SELECT {rest}" if " FROM n " in statement else statement
                connection.execute(sql, before | {"count": assets})
            _judge(connection, before)
        connection.execute("PRAGMA journal_mode=WAL")
    return time.monotonic() - start


def _highest(connection: sqlite3.Connection) -> dict[str, int]:
    ask = "SELECT coalesce(max(id), 0) FROM {}"
    tables = ("asset", "copy", "run", "shoot", "verdict")
    return {
        f"{table}s".replace("copys", "copies"): connection.execute(ask.format(table)).fetchone()[0] for table in tables
    }


@contextlib.contextmanager
def _set_aside(connection: sqlite3.Connection) -> Iterator[None]:
    """Without triggers and indices, which come back as they were."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
    ).fetchall()
    away = [(kind, name, sql) for kind, name, sql in rows if name not in _KEPT]
    for kind, name, _ in away:
        connection.execute(f"DROP {kind} {name}")
    yield
    for _, _, sql in away:
        connection.execute(sql)


def _add_runs(connection: sqlite3.Connection, before: dict[str, int], count: int) -> None:
    """The cards, and for each run its shoot; their ids follow one another."""
    cards = [
        remember_card(connection, CardIdentity(f"DECADE-{n}", "EOS_DIGITAL", 64 << 30), "exfat", 1.0)
        for n in range(CARDS)
    ]
    for number in range(count):
        day = _FIRST_DAY + timedelta(days=_DAYS_BETWEEN * number)
        at = (day - date(1970, 1, 1)).days * 86400.0 + 43200
        folder = f"{day:%Y}/{day} Decade {number}".encode()
        add_shoot(
            connection,
            name=f"Decade {number}",
            day=str(day),
            last_day=str(day),
            folder=folder,
            named_by_user=True,
            now=at,
        )
        connection.execute(
            "INSERT INTO run (id, card_id, started, ended, boot_id, state, command)"
            " VALUES (?, ?, ?, ?, ?, 'ended', 'ingest')",
            (before["runs"] + 1 + number, cards[number % CARDS], at, at, _BOOT),
        )


def _judge(connection: sqlite3.Connection, before: dict[str, int]) -> None:
    connection.execute(
        "INSERT INTO verdict (id, run_id, card_id, level, at, fingerprint, devices_required, files, body)"
        " SELECT v.verdict_id, r.id, r.card_id, 'safe', r.started, randomblob(16), 1, count(*), '{}'"
        " FROM verdict_file v JOIN run r ON r.id = v.verdict_id - :verdicts + :runs WHERE v.verdict_id > :verdicts"
        " GROUP BY v.verdict_id",
        before,
    )


def make(folder: Path, assets: int, roots: Path = Path("/nowhere")) -> Path:
    """A ledger of its own with so many assets and two destinations, `ssd` and `nas` below `roots`."""
    ledger = folder / "ledger.sqlite"
    with closing(open_ledger(ledger)) as connection:
        for name in () if destination_ids(connection) else ("ssd", "nas"):
            volume = Volume(b"/", "ext4", name, 1, name, "", frozenset({f"disk:{name}"}), 1 << 40, 1 << 40, False)
            place = Destination(name, DestinationKind(name), os.fsencode(roots / name))
            remember_destination(connection, place, volume, f"marker-{name}", 1.0)
    add_decades(ledger, assets)
    return ledger


if __name__ == "__main__":
    began = time.monotonic()
    made = make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
    print(f"{made}: {made.stat().st_size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s")
