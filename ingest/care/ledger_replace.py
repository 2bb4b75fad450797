"""The file of a ledger that was lost or damaged: what is there is told, kept aside, and another put in its place."""

import contextlib
import os
import sqlite3
from pathlib import Path

from ingest.disk.publish import publish
from ingest.errors import LedgerError
from ingest.ledger.db import open_ledger, sync_folder
from ingest.ledger.rebuilding import distrust, is_empty
from ingest.ledger.soundness import look, opened_to_look

_PARTS = ("", "-wal", "-shm")


def condition(path: Path) -> str:
    """ "missing", "damaged", "empty" or "sound". Raises LedgerError for a newer one and on a network file system."""
    if not path.exists():
        return "missing"
    try:
        with opened_to_look(path) as ledger:
            found = look(ledger)
    except LedgerError as error:
        if isinstance(error.__cause__, sqlite3.Error):
            return "damaged"
        raise
    if found.problems:
        return "damaged"
    return "empty" if is_empty(found.rows) else "sound"


def put_back(ledger: Path, plain: Path | None, stamp: str) -> int:
    """Keep what bears the ledger's name aside, then give that name to the ledger in `plain` (None: to a new one).

    plain: must be sound, on the file system of `ledger`; it is brought up to date and believes nothing afterwards.
    Gives how many copies it had called proven.

    Raises:
        LedgerError, OSError: `ledger` is as it was, or kept aside under `ledger.sqlite.aside-<stamp>`.
    """
    fresh = plain or ledger.with_name(ledger.name + f".new-{stamp}")
    with contextlib.closing(open_ledger(fresh)) as connection:
        proven = distrust(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    for part in _PARTS:
        if os.path.lexists(f"{ledger}{part}"):
            _rename(Path(f"{ledger}{part}"), f"{ledger.name}.aside-{stamp}{part}")
    _rename(fresh, ledger.name, into=ledger.parent)
    return proven


def _rename(path: Path, name: str, into: Path | None = None) -> None:
    """Without replacing, and durably."""
    fds = [
        os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for folder in (path.parent, into or path.parent)
    ]
    try:
        publish(fds[0], os.fsencode(path.name), fds[1], os.fsencode(name))
    finally:
        for fd in fds:
            os.close(fd)
    sync_folder(into or path.parent)
