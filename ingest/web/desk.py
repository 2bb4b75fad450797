"""What every page is made from: the home's ledger and stream, read only, its settings, the time and the keys."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from ingest.config import Settings
from ingest.ledger.db import refuse_newer
from ingest.stream import store
from ingest.web.keys import Keys

LEDGER = "ledger.sqlite"
_PATIENCE = 5.0  # seconds that a page waits for one who writes


@dataclass
class Desk:
    """home: the folder of ledger and stream. port: where the page is served. clock: seconds since 1970 UTC."""

    home: Path
    settings: Settings
    keys: Keys
    port: int
    clock: Callable[[], float] = time.time
    hosts: frozenset[str] = field(init=False)  # what a request may call this server

    def __post_init__(self) -> None:
        self.hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @contextlib.contextmanager
    def ledger(self) -> Iterator[sqlite3.Connection]:
        """A fresh connection to the ledger that can write nothing.

        Raises:
            sqlite3.Error: it is not there or damaged.
            LedgerError: a newer Safelight wrote it.
        """
        path = self.home / LEDGER
        with contextlib.closing(reading(path)) as connection:
            refuse_newer(connection, path)
            yield connection

    @contextlib.contextmanager
    def stream(self) -> Iterator[sqlite3.Connection]:
        """A fresh connection to the stream that can write nothing; the stream is made where there is none.

        Raises:
            sqlite3.Error, OSError: it cannot be read.
        """
        path = self.home / store.STREAM
        if not path.exists():
            store.open_stream(self.home).close()
        with contextlib.closing(reading(path)) as connection:
            yield connection


def reading(path: Path) -> sqlite3.Connection:
    """A connection that can write nothing.

    Raises:
        sqlite3.Error: there is no such file, or it is no database.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=_PATIENCE, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
    except BaseException:
        connection.close()
        raise
    return connection
