"""Where all contents of the ledger stand, in a few long questions: for an audit of everything."""

import contextlib
import sqlite3
from collections.abc import Iterator

# The best copy of each content at each destination: proven before written before suspect; of these the newest proof.
_BEST = (
    "SELECT c.asset_id, d.name,"
    " min(CASE c.state WHEN 'proven' THEN '0proven' WHEN 'written' THEN '1written' ELSE '2suspect' END),"
    " max(coalesce((SELECT p.at FROM proof p WHERE p.copy_id = c.id ORDER BY p.id DESC LIMIT 1), 0))"
    " FROM copy c JOIN destination d ON d.id = c.destination_id WHERE c.state <> 'lost'"
    " GROUP BY c.asset_id, c.destination_id ORDER BY c.asset_id, c.destination_id"
)
_FILES = (
    "SELECT a.id, a.size, a.original_name, a.mtime_ns, a.capture_local, a.capture_source, sa.path"
    " FROM shoot_asset sa CROSS JOIN asset a ON a.id = sa.asset_id"
)


# A content and one of the names that it has at destinations: (asset id, size, original name, mtime_ns, capture_local,
# capture_source, path below every root, as planned).
AssetFile = tuple[int, int, bytes, int, str | None, str | None, bytes]


def every_file(connection: sqlite3.Connection) -> Iterator[AssetFile]:
    """Every content that a shoot holds, with its name there, by shoot and name."""
    return connection.execute(f"{_FILES} ORDER BY sa.shoot_id, sa.path")


@contextlib.contextmanager
def one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """Several questions to the ledger as it is now: what another program writes meanwhile is not seen between them."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def sizes_of_shoots(connection: sqlite3.Connection) -> dict[int, int]:
    """Shoot id -> how many files it has; one without any is left out."""
    return dict(connection.execute("SELECT shoot_id, count(*) FROM shoot_asset GROUP BY shoot_id").fetchall())


def files_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> Iterator[AssetFile]:
    """The same of one shoot, by name."""
    return connection.execute(f"{_FILES} WHERE sa.shoot_id = ? ORDER BY sa.path", (shoot_id,))


def paths_of_asset(connection: sqlite3.Connection, asset_id: int) -> list[tuple[str, bytes]]:
    """(destination, path below its root) of every copy of a content that is not lost."""
    return connection.execute(
        "SELECT d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.asset_id = ? AND c.state <> 'lost' ORDER BY c.destination_id, c.id",
        (asset_id,),
    ).fetchall()


def every_path(connection: sqlite3.Connection, destination: str) -> Iterator[tuple[int, bytes]]:
    """(asset id, path below its root) of every copy at a destination that is not lost."""
    yield from connection.execute(
        "SELECT asset_id, path FROM copy WHERE state <> 'lost'"
        " AND destination_id = (SELECT id FROM destination WHERE name = ?)",
        (destination,),
    )


def best_copies(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, float]]:
    """(asset id, destination, state of the best copy there, when it was last read back or 0), by asset."""
    for asset, name, state, at in connection.execute(_BEST):
        yield asset, name, state[1:], at


def third_copies(connection: sqlite3.Connection, bucket: str) -> dict[int, str]:
    """Asset id -> the state of its upload to a bucket."""
    return dict(connection.execute("SELECT asset_id, state FROM upload_job WHERE bucket = ?", (bucket,)).fetchall())
