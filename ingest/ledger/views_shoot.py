"""One shoot and one picture as the page shows them: copies, hashes, the place in the queue."""

import sqlite3
from typing import NamedTuple

from ingest.ledger.uploads import IN_QUEUE, SETTLED


class AssetFacts(NamedTuple):
    """A content. name: as the camera named it. captured: ISO wall clock, "" unknown."""

    id: int
    name: bytes
    size: int
    xxh128: str
    sha1: str
    captured: str
    camera: str


def asset_facts(connection: sqlite3.Connection, asset_id: int) -> AssetFacts | None:
    """None for an asset that is not known."""
    row = connection.execute(
        "SELECT id, original_name, size, lower(hex(xxh128)), lower(hex(sha1)), coalesce(capture_local, ''),"
        " trim(make || ' ' || model) FROM asset WHERE id = ?",
        (asset_id,),
    ).fetchone()
    return AssetFacts(row[0], bytes(row[1]), *row[2:]) if row else None


class ShownCopy(NamedTuple):
    """A copy. display: its path for people. state: as in the ledger, or "released". at, method: of its newest proof."""

    place: str
    display: str
    state: str
    at: float
    method: str


def copies_shown(connection: sqlite3.Connection, asset_id: int) -> list[ShownCopy]:
    """Every copy of a content, lost ones where nothing stands under that name now included, by destination."""
    rows = connection.execute(
        "SELECT d.name, c.display, CASE WHEN EXISTS (SELECT 1 FROM released WHERE copy_id = c.id) THEN 'released'"
        " ELSE c.state END, coalesce(p.at, 0), coalesce(p.method, '') FROM copy c"
        " JOIN destination d ON d.id = c.destination_id"
        " LEFT JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)"
        " WHERE c.asset_id = ? AND NOT (c.state = 'lost' AND EXISTS (SELECT 1 FROM copy o WHERE o.asset_id = c.asset_id"
        " AND o.destination_id = c.destination_id AND o.path = c.path AND o.id > c.id)) ORDER BY d.id, c.id",
        (asset_id,),
    )
    return [ShownCopy(*row) for row in rows]


def third_copy(connection: sqlite3.Connection, asset_id: int, bucket: str) -> tuple[str, str, float] | None:
    """(state, key, when it was checked or sent, 0.0 for neither) of a content in a bucket; None where not queued."""
    row = connection.execute(
        "SELECT state, key, coalesce(checked_at, sent_at, 0.0) FROM upload_job WHERE asset_id = ? AND bucket = ?",
        (asset_id, bucket),
    ).fetchone()
    return (str(row[0]), str(row[1]), float(row[2])) if row else None


def lost_at(connection: sqlite3.Connection, shoot_id: int, destination: str) -> int:
    """Files of a shoot whose copy at a destination is lost and was not let go, and of which none stands there."""
    [count] = connection.execute(
        "SELECT count(DISTINCT sa.path) FROM shoot_asset sa JOIN copy c ON c.asset_id = sa.asset_id"
        " WHERE sa.shoot_id = ?1 AND c.state = 'lost'"
        " AND c.destination_id = (SELECT id FROM destination WHERE name = ?2)"
        " AND NOT EXISTS (SELECT 1 FROM released WHERE copy_id = c.id) AND NOT EXISTS (SELECT 1 FROM copy o"
        " WHERE o.asset_id = c.asset_id AND o.destination_id = c.destination_id AND o.state <> 'lost')",
        (shoot_id, destination),
    ).fetchone()
    return int(count)


class QueuePlace(NamedTuple):
    """Where a shoot stands in a queue. files: of it that wait or are being sent, bytes: theirs.

    ahead: files of others that go before its first one; until_last: bytes that are sent until its last one is.
    """

    files: int
    bytes: int
    ahead: int
    until_last: int


def queue_place(connection: sqlite3.Connection, shoot_id: int, bucket: str) -> QueuePlace | None:
    """None where nothing of the shoot is to be sent."""
    files, size, best, worst = connection.execute(
        "SELECT count(*), coalesce(sum(size), 0), max(priority), min(priority) FROM ("
        "SELECT DISTINCT j.id, j.priority, a.size FROM shoot_asset sa"
        " CROSS JOIN upload_job j ON j.asset_id = sa.asset_id AND j.bucket = ?2"
        f" JOIN asset a ON a.id = j.asset_id WHERE sa.shoot_id = ?1 AND j.{IN_QUEUE})",
        (shoot_id, bucket),
    ).fetchone()
    if not files:
        return None
    edge = (
        "SELECT {}(j.id) FROM shoot_asset sa CROSS JOIN upload_job j ON j.asset_id = sa.asset_id AND j.bucket = ?2"
        f" WHERE sa.shoot_id = ?1 AND j.priority = ?3 AND j.{IN_QUEUE}"
    )
    [first] = connection.execute(edge.format("min"), (shoot_id, bucket, best)).fetchone()
    [last] = connection.execute(edge.format("max"), (shoot_id, bucket, worst)).fetchone()
    [ahead] = connection.execute(
        f"SELECT count(*) FROM upload_job WHERE bucket = ?1 AND {IN_QUEUE}"
        " AND (priority > ?2 OR (priority = ?2 AND id < ?3))",
        (bucket, best, first),
    ).fetchone()
    [until] = connection.execute(
        f"SELECT coalesce(sum(a.size), 0) FROM upload_job j JOIN asset a ON a.id = j.asset_id WHERE j.bucket = ?1"
        f" AND j.{IN_QUEUE} AND (j.priority > ?2 OR (j.priority = ?2 AND j.id <= ?3))",
        (bucket, worst, last),
    ).fetchone()
    return QueuePlace(int(files), int(size), int(ahead), int(until))


def stored_of_shoot(connection: sqlite3.Connection, shoot_id: int, bucket: str) -> int:
    """Bytes of a shoot that lie in a bucket, as far as is known here; each content once."""
    [size] = connection.execute(
        "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sa.asset_id, a.size FROM shoot_asset sa"
        " CROSS JOIN upload_job j ON j.asset_id = sa.asset_id AND j.bucket = ?2 JOIN asset a ON a.id = j.asset_id"
        f" WHERE sa.shoot_id = ?1 AND j.{SETTLED} AND j.state <> 'needs you')",
        (shoot_id, bucket),
    ).fetchone()
    return int(size)
