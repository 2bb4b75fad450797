"""Opening the ledger: settings that survive a power cut, migrations, transactions.

WAL with synchronous=FULL on a local disk: of the modes measured, the one that kept 50 of 50 commits through a cut.
"""

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.disk.fs_rules import may_hang
from ingest.disk.volumes import volume_of
from ingest.errors import LedgerError

_PATIENCE = 20  # seconds that one program waits for another
_HINT = "Nothing on the card or the destinations was touched. Look with: safelight ledger check"

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
    """Open (or create) the ledger, check it, bring its schema up to date; an older one is backed up beside itself.

    Raises:
        LedgerError: damaged, written by a newer Safelight, on a network or FUSE file system, or not writable.
    """
    refuse_network(path)
    try:
        _make_private(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)
        try:
            refuse_newer(connection, path)  # before anything is set: also the journal mode is written into the file
            _set_up(connection)
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"The ledger cannot be used: {error}", path=str(path), hint=_HINT) from error
    return connection


def _make_private(path: Path) -> None:
    """An empty file for its owner alone where there is none, whatever the umask; its -wal gets the same mode."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def refuse_network(path: Path) -> None:
    """Raise LedgerError where the ledger, or what its link leads to, does not lie on a local disk; makes its folder."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    volume = volume_of(os.path.dirname(os.path.realpath(bytes(path))), named=False)
    if may_hang(volume.fs_type) or volume.fs_type.startswith("fuse"):
        raise LedgerError(
            f"The ledger cannot lie on a network or FUSE file system ({volume.fs_type}): it forgets at a power cut",
            path=str(path),
            hint="Set SAFELIGHT_HOME to a folder on this computer's own disk",
        )


def _set_up(connection: sqlite3.Connection) -> None:
    _keep_a_log(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "recursive_triggers=ON",  # else INSERT OR REPLACE deletes append-only rows without asking their triggers
        "cell_size_check=ON",
        *_LARGE,
    ):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """WAL mode. SQLite does not wait for another program that is just making the ledger, whatever its timeout says."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(0.02)
    if mode != "wal":
        raise sqlite3.OperationalError(f"journal mode WAL was refused (got {mode})")


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order; the file name begins with the number."""
    files = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
    return [(int(f.name[:4]), f.read_text(encoding="utf-8")) for f in files]


def schema_of(connection: sqlite3.Connection) -> int:
    """The number of the last migration that this ledger has had, 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerError for a ledger that a newer Safelight wrote; writes nothing."""
    have, newest = schema_of(connection), migrations()[-1][0]
    if have > newest:
        raise LedgerError(
            f"The ledger was written by a newer Safelight (schema {have}, this program knows {newest})",
            path=str(path),
            hint="Install the newer version again; nothing was changed",
        )


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Every migration that is missing, in one transaction: an older ledger stays as it is, or becomes a whole new one.

    Another process may have been first.
    """
    known = migrations()
    if schema_of(connection) >= known[-1][0]:
        return
    with transaction(connection):
        have = schema_of(connection)
        if 0 < have < known[-1][0]:
            _back_up_beside(path, have)
        for number, sql in known:
            if number > have:
                for statement in statements(sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number}")


def _back_up_beside(path: Path, schema: int) -> None:
    """`ledger.sqlite.schema-3`, or `-3.2` where an interrupted attempt left one: nothing is replaced.

    By a connection of its own: one that holds the lock for writing cannot be the source of a backup.
    """
    for attempt in itertools.count(1):
        target = path.with_name(f"{path.name}.schema-{schema}" + f".{attempt}" * (attempt > 1))
        if not target.exists():
            break
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE)) as reading:
        backup(reading, unfinished)
    with contextlib.closing(sqlite3.connect(unfinished)) as copy:
        if check(copy) or schema_of(copy) != schema:
            raise sqlite3.DatabaseError("its backup, made before bringing it up to date, does not open")
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.rename(target)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a local folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def statements(sql: str) -> Iterator[str]:
    """A script in parts, split where SQLite itself says that a statement is complete (triggers hold semicolons)."""
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
    """A consistent copy of the ledger by SQLite's own backup; `target` must not exist yet.

    In one step: it holds up nobody in WAL mode, and no writer makes it begin anew. The copy is one file of its own, in
    rollback mode, that opens read-only as well; it is not durable yet.
    """
    _make_private(target)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous=OFF")
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
