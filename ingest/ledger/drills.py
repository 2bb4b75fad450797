"""What drills need of the ledger: what a place holds, what came of each drill, when the last one passed."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.ledger.db import transaction
from ingest.ledger.many import ask
from ingest.model.copies import Digest


class Held(NamedTuple):
    """A content at a place. path: below its root, or its key in the bucket. file_id: of its version there."""

    asset_id: int
    size: int
    path: bytes
    file_id: str


class DrillRow(NamedTuple):
    """A drill of one place as it is written down. body: JSON."""

    place: str
    held: int
    tried: int
    equal: int
    passed: bool
    body: str


_AT_DESTINATION = (
    "SELECT a.id, a.size, c.path, '' FROM copy c JOIN asset a ON a.id = c.asset_id"
    " WHERE c.state = 'proven' AND c.destination_id = (SELECT id FROM destination WHERE name = ?) ORDER BY c.id"
)
_IN_BUCKET = (
    "SELECT a.id, a.size, CAST(j.key AS BLOB), j.file_id FROM upload_job j JOIN asset a ON a.id = j.asset_id"
    " WHERE j.bucket = ? AND j.state IN ('sent', 'checked') ORDER BY j.id"
)


def held_at(connection: sqlite3.Connection, destination: str) -> Iterator[Held]:
    """Every proven copy at a destination."""
    yield from map(Held._make, connection.execute(_AT_DESTINATION, (destination,)))


def held_in(connection: sqlite3.Connection, bucket: str) -> Iterator[Held]:
    """Everything that was sent to a bucket."""
    yield from map(Held._make, connection.execute(_IN_BUCKET, (bucket,)))


def generations(connection: sqlite3.Connection) -> dict[int, tuple[bytes, int]]:
    """Asset id -> (where the generations of its catalog lie, a number that grows with them) of catalogs' snapshots."""
    rows = connection.execute("SELECT asset_id, path, id FROM version WHERE kind = 'catalog' ORDER BY id")
    return {int(row[0]): (bytes(row[1]), int(row[2])) for row in rows}


def digests_of(connection: sqlite3.Connection, asset_ids: Sequence[int]) -> dict[int, tuple[Digest, int]]:
    """Asset id -> (what its bytes must be, its time of change in ns since 1970 UTC)."""
    question = "SELECT id, size, xxh128, sha1, mtime_ns FROM asked CROSS JOIN asset ON asset.id = column1"
    rows = ask(connection, question, [(asset_id,) for asset_id in asset_ids])
    return {int(key): (Digest(size, bytes(xxh), bytes(sha1)), int(at)) for key, size, xxh, sha1, at in rows}


def record_drill(
    connection: sqlite3.Connection, at: float, seed: str, rows: Sequence[DrillRow], *, whole: bool
) -> None:
    """Write a drill down. whole: every place that is set up was asked."""
    with transaction(connection):
        connection.executemany(
            "INSERT INTO drill (at, seed, place, held, tried, equal, passed, whole, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (at, seed, row.place, row.held, row.tried, row.equal, int(row.passed), int(whole), row.body)
                for row in rows
            ],
        )


def last_passed(connection: sqlite3.Connection) -> float | None:
    """When the newest drill of every place was that passed everywhere, None for never."""
    [at] = connection.execute(
        "SELECT max(at) FROM (SELECT at FROM drill WHERE whole = 1 GROUP BY at HAVING min(passed) = 1)"
    ).fetchone()
    return None if at is None else float(at)


def holds_since(connection: sqlite3.Connection) -> float | None:
    """When the first copy was proven, None where there is none."""
    row = connection.execute("SELECT at FROM proof WHERE matched = 1 ORDER BY id LIMIT 1").fetchone()
    return float(row[0]) if row else None
