"""A snapshot of the ledger as one small file that is known to open, and where its newest backups lie."""

import contextlib
import os
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path

import xxhash

from ingest.ledger.db import backup, check, schema_of
from ingest.ledger.soundness import row_counts

_CHUNK = 4 << 20
GZIP = 31  # zlib's wbits for a gzip file: any tool can open it
_LEVEL = 1  # of a ledger of a million assets to a quarter; higher levels take long for a few percent more


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ledger as a gzip file. size and xxh128: of the file; plain_xxh128: of the SQLite file within, which opened."""

    path: Path
    size: int
    xxh128: bytes
    plain_xxh128: bytes
    schema: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup at a destination. at: seconds since 1970 UTC. size: bytes as it lies there."""

    at: float
    name: str
    size: int
    method: str


def take_snapshot(connection: sqlite3.Connection, folder: Path) -> Snapshot:
    """Make `folder/ledger.sqlite.gz`; the folder is the caller's own and empty.

    Raises:
        sqlite3.Error: the ledger cannot be read, or what was copied of it does not open or holds other rows.
        OSError: no room for it.
    """
    plain, packed = folder / "ledger.sqlite", folder / "ledger.sqlite.gz"
    try:
        connection.execute("BEGIN")  # the copy and the counts are of one moment, whatever others write meanwhile
        try:
            rows = row_counts(connection)
            backup(connection, plain)
        finally:
            connection.execute("ROLLBACK")
        schema = _opens(plain, rows)
        size, packed_hash, plain_hash = _pack(plain, packed)
    finally:
        plain.unlink(missing_ok=True)
    return Snapshot(packed, size, packed_hash, plain_hash, schema, rows)


def _opens(plain: Path, rows: dict[str, int]) -> int:
    with contextlib.closing(sqlite3.connect(plain)) as copy:
        problems = check(copy)
        if not problems and row_counts(copy) != rows:
            problems = ["it holds other rows than the ledger"]
        if problems:
            raise sqlite3.DatabaseError(f"the copy of the ledger is not sound: {problems[0]}")
        return schema_of(copy)


def _pack(plain: Path, packed: Path) -> tuple[int, bytes, bytes]:
    """(bytes of the gzip file, its xxh128, the xxh128 of what is in it)."""
    squeeze = zlib.compressobj(_LEVEL, wbits=GZIP)
    inner, outer, size = xxhash.xxh3_128(), xxhash.xxh3_128(), 0
    with plain.open("rb") as source, packed.open("xb") as target:
        while data := source.read(_CHUNK):
            inner.update(data)
            size += _put(target.fileno(), outer, squeeze.compress(data))
        size += _put(target.fileno(), outer, squeeze.flush())
    return size, outer.digest(), inner.digest()


def _put(fd: int, content: xxhash.xxh3_128, data: bytes) -> int:
    content.update(data)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    return len(data)


def identity_of(connection: sqlite3.Connection) -> str:
    """Eight hex digits that tell this ledger from every other one."""
    return str(connection.execute("SELECT identity FROM ledger_self").fetchone()[0])


def bytes_of(connection: sqlite3.Connection) -> int:
    """How large the ledger is."""
    question = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return int(connection.execute(question).fetchone()[0])


def remember_backup(connection: sqlite3.Connection, destination: str, last: LastBackup) -> None:
    """The newest backup at a destination that the ledger knows; call inside a transaction."""
    connection.execute(
        "INSERT INTO ledger_backup (destination_id, at, name, size, method)"
        " SELECT id, ?, ?, ?, ? FROM destination WHERE name = ?"
        " ON CONFLICT (destination_id) DO UPDATE SET at = excluded.at, name = excluded.name, size = excluded.size,"
        " method = excluded.method",
        (last.at, last.name, last.size, last.method, destination),
    )


def last_backups(connection: sqlite3.Connection) -> dict[str, LastBackup]:
    """Destination -> its newest backup."""
    rows = connection.execute(
        "SELECT d.name, b.at, b.name, b.size, b.method FROM ledger_backup b"
        " JOIN destination d ON d.id = b.destination_id"
    )
    return {str(row[0]): LastBackup(*row[1:]) for row in rows}
