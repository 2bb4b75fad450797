"""Working copies that were let go: what stood there, what else there is, and that it was done."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.ledger.db import transaction
from ingest.ledger.many import insert


class Working(NamedTuple):
    """A copy on the primary as it was last seen. mtime_ns: since 1970 UTC."""

    copy_id: int
    asset_id: int
    path: bytes
    size: int
    inode: int
    mtime_ns: int


def working_copies(connection: sqlite3.Connection, shoot_id: int, destination: str) -> list[Working]:
    """The proven copies of a shoot's photographs at one destination, by path; not of what another shoot holds too."""
    rows = connection.execute(
        "SELECT DISTINCT c.id, c.asset_id, c.path, a.size, c.inode, c.mtime_ns FROM shoot_asset sa"
        " JOIN copy c ON c.asset_id = sa.asset_id JOIN asset a ON a.id = c.asset_id"
        " WHERE sa.shoot_id = ? AND c.state = 'proven' AND NOT EXISTS (SELECT 1 FROM shoot_asset other"
        " WHERE other.asset_id = sa.asset_id AND other.shoot_id <> sa.shoot_id)"
        " AND c.destination_id = (SELECT id FROM destination WHERE name = ?) ORDER BY c.path",
        (shoot_id, destination),
    )
    return [Working(row[0], row[1], bytes(row[2]), *row[3:]) for row in rows]


def others_of(
    connection: sqlite3.Connection, asset_ids: Iterable[int], destination: str
) -> dict[int, list[tuple[str, str, float]]]:
    """Asset id -> (destination, device, when it was read back) of its copies elsewhere whose newest proof is right."""
    question = (
        "SELECT d.name, d.device, p.at FROM copy c JOIN destination d ON d.id = c.destination_id"
        " JOIN asset a ON a.id = c.asset_id JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)"
        " WHERE c.asset_id = ? AND d.name <> ? AND c.state = 'proven' AND p.matched = 1 AND p.method <> 'cached'"
        " AND p.xxh128 = a.xxh128"
    )
    return {asset: connection.execute(question, (asset, destination)).fetchall() for asset in asset_ids}


def checked_in(connection: sqlite3.Connection, asset_ids: Iterable[int], bucket: str) -> set[int]:
    """Those of the contents that a listing of the bucket was seen to hold."""
    question = "SELECT 1 FROM upload_job WHERE asset_id = ? AND bucket = ? AND state = 'checked'"
    return {asset for asset in asset_ids if connection.execute(question, (asset, bucket)).fetchone()}


def archived_assets(connection: sqlite3.Connection) -> frozenset[int]:
    """Contents whose working copy was let go at a destination where nothing of them is now.

    CROSS: from what was released, which is little; SQLite alone would go through all copies.
    """
    rows = connection.execute(
        "SELECT DISTINCT c.asset_id FROM released r CROSS JOIN copy c ON c.id = r.copy_id WHERE NOT EXISTS"
        " (SELECT 1 FROM copy here WHERE here.asset_id = c.asset_id AND here.destination_id = c.destination_id"
        " AND here.state <> 'lost')"
    )
    return frozenset(int(row[0]) for row in rows)


def let_go(connection: sqlite3.Connection, copies: Sequence[Working], at: float, why: str) -> None:
    """They are in the trash. One transaction.

    Raises:
        sqlite3.IntegrityError: of one of them no two others stand.
    """
    with transaction(connection):
        for copy in copies:
            connection.execute("UPDATE copy SET state = 'lost' WHERE id = ?", (copy.copy_id,))
        insert(connection, "released (copy_id, at, why)", [(copy.copy_id, at, why) for copy in copies])
