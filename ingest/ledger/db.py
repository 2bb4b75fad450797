"""Opening the ledger: settings that survive a power cut, migrations, transactions.

WAL with synchronous=FULL on a local disk: of the modes measured, the one that kept 50 of 50 commits through a cut.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ingest.disk.volumes import volume_of
from ingest.errors import LedgerError

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "davfs")
_HINT = "Nothing on the card or the destinations was touched. Restore a ledger backup, or run: safelight doctor"

# A batch of 256 new contents touches 512 pages of a large ledger at random. They must fit into the cache, else they are
# written twice; the journals of single statements stay in memory; and one checkpoint serves several batches.
# Written for 1,000 files in a ledger of 1,000,000: 25 MB instead of 34.
_LARGE = ("cache_size=-8000", "temp_store=MEMORY", "wal_autocheckpoint=4000")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE ... COMMIT; any exception rolls back and goes on to the caller."""
    try:
        connection.execute("BEGIN IMMEDIATE")  # Ctrl-C while it waits for another writer is told when it has begun
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open (or create) the ledger, check it, bring its schema up to date.

    Raises:
        LedgerError: damaged, written by a newer Safelight, on a network or FUSE file system, or not writable.
    """
    _refuse_network(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        _set_up(connection)
        _migrate(connection, path)
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger cannot be used: {error}", path=str(path), hint=_HINT) from error
    return connection


def _refuse_network(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    volume = volume_of(bytes(path.parent), named=False)
    if volume.fs_type in _NETWORK or volume.fs_type.startswith("fuse"):
        raise LedgerError(
            f"The ledger cannot lie on a network or FUSE file system ({volume.fs_type}): it forgets at a power cut",
            path=str(path),
            hint="Set SAFELIGHT_HOME to a folder on this computer's own disk",
        )


def _set_up(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(f"journal mode WAL was refused (got {mode})")
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=20000",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        *_LARGE,
    ):
        connection.execute(f"PRAGMA {pragma}")


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order; the file name begins with the number."""
    files = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
    return [(int(f.name[:4]), f.read_text(encoding="utf-8")) for f in files]


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    have = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = migrations()
    if have > known[-1][0]:
        raise LedgerError(
            f"The ledger was written by a newer Safelight (schema {have}, this program knows {known[-1][0]})",
            path=str(path),
            hint="Install the newer version again; nothing was changed",
        )
    for number, sql in known:
        if number > have:
            _apply(connection, number, sql)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    """One migration and the record of it in one transaction; another process may have been first."""
    with transaction(connection):
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) >= number:
            return
        for statement in _statements(sql):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={number}")


def _statements(sql: str) -> Iterator[str]:
    """Split a script where SQLite itself says that a statement is complete (triggers hold semicolons)."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def check(connection: sqlite3.Connection, *, thorough: bool = False) -> list[str]:
    """What SQLite finds wrong, empty when nothing; `thorough` runs integrity_check instead of quick_check."""
    pragma = "integrity_check" if thorough else "quick_check"
    try:
        found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}(20)")]
    except sqlite3.DatabaseError as error:  # so badly torn that the check itself cannot go on
        return [str(error)]
    return [] if found == ["ok"] else found


def backup(connection: sqlite3.Connection, target: Path) -> None:
    """A consistent copy of the ledger by SQLite's own backup; `target` must not exist yet."""
    with contextlib.closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
