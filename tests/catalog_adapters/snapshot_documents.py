"""Small databases in every state an editor or a crash leaves them in."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalog_files import NOW

from catalog_adapters.base import ReadOptions
from catalog_adapters.sqlite_snapshot import Snapshot, observe


def database(path: Path, mode: str = "DELETE", rows: int = 300) -> sqlite3.Connection:
    """A database of several pages with one value, `old`, in every row."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE t (value TEXT, filler TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t VALUES ('old', ?)", (("x" * 400,) for _ in range(rows)))
    connection.execute("COMMIT")
    return connection


def values(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    rows: list[tuple[str, int]] = connection.execute("SELECT value, count(*) FROM t GROUP BY value").fetchall()
    return rows


def look(
    path: Path,
    scratch: Path,
    read: Callable[[sqlite3.Connection], Any] = values,
    *,
    alive: bool = False,
    seconds: float = 60,
) -> Snapshot[Any]:
    return observe(path, read, alive=alive, now=NOW, options=ReadOptions(scratch=scratch, seconds=seconds))


def hot(home: Path, work: Path) -> Path:
    """A document as a crash leaves it: half of a transaction in the main file, the journal beside it."""
    original = work / "crash.db"
    connection = database(original)
    connection.execute("PRAGMA cache_size = 2")
    connection.execute("BEGIN")
    connection.execute("UPDATE t SET value = 'new', filler = filler || 'y'")
    for suffix in ("", "-journal"):
        shutil.copyfile(f"{original}{suffix}", home / f"crash.db{suffix}")
    connection.execute("ROLLBACK")
    connection.close()
    return home / "crash.db"
