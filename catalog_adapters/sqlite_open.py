"""Connections to a database that is not trusted: no writing, no extensions, no endless query, no giant value."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from operator import methodcaller
from pathlib import Path

_LONGEST_VALUE = 16 << 20
_STEPS = 20_000
_DECODED = methodcaller("decode", "utf-8", "replace")  # called for each text of a large catalog
# mmap_size: a file cut short by its editor while it is mapped would kill this process.
# temp_store: sorting must not put a photographer's names into a temporary file.
_PRAGMAS = ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "mmap_size=0", "temp_store=MEMORY")


class Deadline:
    """A point on the monotonic clock after which reading stops."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end, never below zero."""
        return max(0.0, self._end - time.monotonic())

    def passed(self) -> bool:
        """True from the end on."""
        return time.monotonic() >= self._end


@contextlib.contextmanager
def reading(path: Path, query: str, deadline: Deadline) -> Iterator[sqlite3.Connection]:
    """A connection for reading only. query: the URI's, `?immutable=1` or `?mode=ro`.

    Text that is no UTF-8 is read with replacement characters. A query that outlives the deadline raises
    `sqlite3.OperationalError` (interrupted).
    """
    # as_uri quotes `%`, `?`, `#` and blanks, which break URIs made by hand.
    connection = sqlite3.connect(path.absolute().as_uri() + query, uri=True, isolation_level=None)
    try:
        connection.text_factory = _DECODED
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_progress_handler(deadline.passed, _STEPS)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        connection.close()


def recovers(copy: Path, deadline: Deadline) -> bool:
    """Let SQLite recover a private copy from its -wal or -journal; True when it is sound then. It is written to."""
    connection = sqlite3.connect(copy, isolation_level=None)
    # A check of the whole file is one step to SQLite: the progress handler is not asked, a second thread must stop it.
    alarm = threading.Timer(deadline.left(), connection.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)  # the check runs the CHECK of every table
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA temp_store=MEMORY")
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    finally:
        alarm.cancel()
        alarm.join()
        connection.close()
