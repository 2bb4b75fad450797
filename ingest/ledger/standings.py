"""Where all contents of the ledger stand, in a few long questions: for an audit of everything."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

# The best copy of each content at each destination: proven before written before suspect; of these the newest proof.
_BEST = (
    "SELECT c.asset_id, d.name,"
    " min(CASE c.state WHEN 'proven' THEN '0proven' WHEN 'written' THEN '1written' ELSE '2suspect' END),"
    " max(coalesce((SELECT p.at FROM proof p WHERE p.copy_id = c.id ORDER BY p.id DESC LIMIT 1), 0))"
    " FROM copy c JOIN destination d ON d.id = c.destination_id WHERE c.state <> 'lost'"
    " GROUP BY c.asset_id, c.destination_id ORDER BY c.asset_id, c.destination_id"
)


class AssetFile(NamedTuple):
    """A content and one of the names it has at destinations. path: below a root. dest: below every root, as planned."""

    asset_id: int
    size: int
    original_name: bytes
    mtime_ns: int
    capture_local: str | None
    capture_source: str | None
    path: bytes


def every_file(connection: sqlite3.Connection) -> Iterator[AssetFile]:
    """Every content that a shoot holds, with its name there, by shoot and name."""
    rows = connection.execute(
        "SELECT a.id, a.size, a.original_name, a.mtime_ns, a.capture_local, a.capture_source, sa.path"
        " FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id ORDER BY sa.shoot_id, sa.path"
    )
    yield from map(AssetFile._make, rows)


def every_path(connection: sqlite3.Connection) -> Iterator[tuple[int, str, bytes]]:
    """(asset id, destination, path below its root) of every copy that is not lost, by asset."""
    yield from connection.execute(
        "SELECT c.asset_id, d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.state <> 'lost' ORDER BY c.asset_id"
    )


def best_copies(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, float]]:
    """(asset id, destination, state of the best copy there, when it was last read back or 0), by asset."""
    for asset, name, state, at in connection.execute(_BEST):
        yield asset, name, state[1:], at


def third_copies(connection: sqlite3.Connection, bucket: str) -> dict[int, str]:
    """Asset id -> the state of its upload to a bucket."""
    return dict(connection.execute("SELECT asset_id, state FROM upload_job WHERE bucket = ?", (bucket,)).fetchall())
