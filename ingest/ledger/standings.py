"""Where all contents of the ledger stand, in a few long questions: for an audit of everything."""

import contextlib
import sqlite3
from collections.abc import Iterator

_FEW_PROOFS = 4  # for each copy: to read them all takes less time than to find the newest of each
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
        if connection.in_transaction:
            connection.execute("COMMIT")


def state_of(connection: sqlite3.Connection) -> int:
    """Another number whenever another connection has written meanwhile; in a transaction, until it began."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def sizes_of_shoots(connection: sqlite3.Connection) -> dict[int, int]:
    """Shoot id -> how many files it has; one without any is left out."""
    return dict(connection.execute("SELECT shoot_id, count(*) FROM shoot_asset GROUP BY shoot_id").fetchall())


def files_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> Iterator[AssetFile]:
    """The same of one shoot, by name."""
    return connection.execute(f"{_FILES} WHERE sa.shoot_id = ? ORDER BY sa.path", (shoot_id,))


def paths_of_asset(connection: sqlite3.Connection, asset_id: int) -> list[tuple[str, bytes]]:
    """(destination, path below its root) of every copy of a content that is not lost.

    Where a working copy was let go too: its editor still calls it so, unless the name is another content's by now.
    """
    return connection.execute(
        "SELECT d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.asset_id = ? AND (c.state <> 'lost' OR (EXISTS (SELECT 1 FROM released WHERE copy_id = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM copy o WHERE o.destination_id = c.destination_id AND o.path = c.path"
        " AND o.state <> 'lost'))) ORDER BY c.destination_id, c.id",
        (asset_id,),
    ).fetchall()


def every_path(connection: sqlite3.Connection, destination: str) -> Iterator[tuple[int, bytes]]:
    """(asset id, path below its root) of every copy at a destination that is not lost."""
    yield from connection.execute(
        "SELECT asset_id, path FROM copy WHERE state <> 'lost'"
        " AND destination_id = (SELECT id FROM destination WHERE name = ?)",
        (destination,),
    )


def every_copy(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int, str]]:
    """(copy id, asset id, destination id, state) of every copy that is not lost."""
    return connection.execute(
        "SELECT id, asset_id, destination_id, state FROM copy NOT INDEXED WHERE state <> 'lost' ORDER BY id"
    )


def newest_proofs(connection: sqlite3.Connection) -> Iterator[tuple[int, float]]:
    """(copy id, when it was read back) in such an order that the last of a copy is its newest.

    All proofs, as they lie; but where copies were read back many times, only the newest of each is looked for.
    """
    proofs, copies = (_highest(connection, table) for table in ("proof", "copy"))
    if proofs <= _FEW_PROOFS * copies:
        return connection.execute("SELECT copy_id, at FROM proof ORDER BY id")
    newest = "(SELECT p.at FROM proof p WHERE p.copy_id = c.id ORDER BY p.id DESC LIMIT 1)"
    return connection.execute(f"SELECT c.id, coalesce({newest}, 0) FROM copy c ORDER BY c.id")


def destinations(connection: sqlite3.Connection) -> dict[int, str]:
    """Destination id -> its name, of all that there ever were, in the order of their ids."""
    return dict(connection.execute("SELECT id, name FROM destination ORDER BY id").fetchall())


def highest_asset(connection: sqlite3.Connection) -> int:
    """The highest asset id; 0 in an empty ledger."""
    return _highest(connection, "asset")


def highest_copy(connection: sqlite3.Connection) -> int:
    """The highest copy id; 0 where there is none."""
    return _highest(connection, "copy")


def _highest(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])


def third_copies(connection: sqlite3.Connection, bucket: str) -> Iterator[tuple[int, str]]:
    """(asset id, the state of its upload to a bucket)."""
    return connection.execute("SELECT asset_id, state FROM upload_job WHERE bucket = ?", (bucket,))
