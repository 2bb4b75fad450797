"""The stream: a small SQLite file beside the ledger, in which each session says what it does as it does it.

It is no evidence. It is written without waiting for the disk, kept for a month, made anew when it is damaged; the
ledger alone says what is proven. Several processes write and read it at once (WAL).
"""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STREAM = "stream.sqlite"
MONTH = 30 * 86_400.0
_PATIENCE = 0.5  # seconds: whoever copies does not wait longer for whoever looks

_SCHEMA = """
CREATE TABLE IF NOT EXISTS epoch (word TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  verb TEXT NOT NULL,
  pid INTEGER NOT NULL,
  born REAL NOT NULL, -- when that process began: a number of a process is given again
  begun REAL NOT NULL,
  ended REAL,
  exit INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id INTEGER NOT NULL REFERENCES session,
  at REAL NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_by_session ON event (session_id, id);
CREATE TABLE IF NOT EXISTS beat (who TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS notice (
  key TEXT PRIMARY KEY, -- what it was about
  at REAL NOT NULL,
  mark TEXT NOT NULL, -- how that stood then
  arrived INTEGER NOT NULL CHECK (arrived IN (0, 1))
) STRICT;
"""
_NEWEST_TABLE = "notice"  # a stream without it is an older one


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was told. at: seconds since 1970 UTC. body: what `Event.to_json` gave."""

    id: int
    session: int
    at: float
    type: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as the stream knows it. born: seconds since 1970 at which its process began. exit: None while it runs,
    and for ever after a kill.
    """

    id: int
    verb: str
    pid: int
    born: float
    begun: float
    ended: float | None
    exit: int | None


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of one who runs for long. at: seconds since 1970 UTC."""

    who: str
    at: float
    body: dict[str, Any]


def open_stream(home: Path) -> sqlite3.Connection:
    """Open or create the stream; a damaged one is thrown away, for nothing hangs on it.

    The connection may be used by several threads, one at a time.

    Raises:
        sqlite3.Error, OSError: not even a new one can be made.
    """
    try:
        return _opened(home / STREAM)
    except sqlite3.OperationalError:
        raise  # busy, read-only or full: it may be whole
    except sqlite3.DatabaseError:
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                (home / f"{STREAM}{end}").unlink()
        return _opened(home / STREAM)


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE, check_same_thread=False)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "trusted_schema=OFF", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", (_NEWEST_TABLE,)).fetchone()[0]:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        if connection.execute("SELECT count(*) FROM epoch").fetchone()[0] == 0:
            connection.execute("INSERT INTO epoch SELECT ? WHERE NOT EXISTS (SELECT 1 FROM epoch)", (_new_word(),))
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection


def _new_word() -> str:
    return secrets.token_hex(6)


def epoch_of(connection: sqlite3.Connection) -> str:
    """A word that is another one for each stream made anew: numbers of events belong to it."""
    return str(connection.execute("SELECT word FROM epoch LIMIT 1").fetchone()[0])


def begin(connection: sqlite3.Connection, verb: str, pid: int, born: float, at: float) -> int:
    """A session begins; what is older than a month goes. Gives its number."""
    with _at_once(connection):
        connection.execute(
            "DELETE FROM event WHERE session_id IN (SELECT id FROM session WHERE begun < ?)", (at - MONTH,)
        )
        connection.execute("DELETE FROM session WHERE begun < ?", (at - MONTH,))
        made = connection.execute(
            "INSERT INTO session (verb, pid, born, begun) VALUES (?, ?, ?, ?)", (verb, pid, born, at)
        )
    return int(made.lastrowid or 0)


def end(connection: sqlite3.Connection, session: int, at: float, code: int) -> None:
    """A session ended by itself, with this exit code."""
    connection.execute("UPDATE session SET ended = ?, exit = ? WHERE id = ?", (at, code, session))


def tell(connection: sqlite3.Connection, session: int, at: float, kind: str, body: dict[str, Any]) -> int:
    """Append an event; gives its number. Of how far a session is only the newest is kept."""
    with _at_once(connection):
        if kind == "progressed":
            connection.execute("DELETE FROM event WHERE session_id = ? AND type = 'progressed'", (session,))
        made = connection.execute(
            "INSERT INTO event (session_id, at, type, body) VALUES (?, ?, ?, ?)", (session, at, kind, json.dumps(body))
        )
    return int(made.lastrowid or 0)


@contextlib.contextmanager
def _at_once(connection: sqlite3.Connection) -> Any:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def told_since(connection: sqlite3.Connection, after: int, most: int = 500) -> list[Told]:
    """Events behind number `after`, in their order."""
    return _told(
        connection.execute(
            "SELECT id, session_id, at, type, body FROM event WHERE id > ? ORDER BY id LIMIT ?", (after, most)
        )
    )


def told_by(connection: sqlite3.Connection, session: int) -> list[Told]:
    """All events of a session that are kept, in their order."""
    return _told(
        connection.execute(
            "SELECT id, session_id, at, type, body FROM event WHERE session_id = ? ORDER BY id", (session,)
        )
    )


def told_of(connection: sqlite3.Connection, kind: str, since: float) -> list[Told]:
    """Events of one type that were told since then, in their order."""
    return _told(
        connection.execute(
            "SELECT id, session_id, at, type, body FROM event WHERE type = ? AND at > ? ORDER BY id", (kind, since)
        )
    )


def _told(rows: Iterable[tuple[Any, ...]]) -> list[Told]:
    return [Told(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]


def newest_number(connection: sqlite3.Connection) -> int:
    """The number of the last event, 0 before the first."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0])


def newest_sessions(connection: sqlite3.Connection, most: int = 20) -> list[SessionRow]:
    """The last sessions, the newest first."""
    rows = connection.execute(
        "SELECT id, verb, pid, born, begun, ended, exit FROM session ORDER BY id DESC LIMIT ?", (most,)
    )
    return [SessionRow(*row) for row in rows]


def beat(connection: sqlite3.Connection, who: str, at: float, body: dict[str, Any]) -> None:
    """A sign of life; body: what is to be known beside it."""
    connection.execute(
        "INSERT INTO beat VALUES (?, ?, ?) ON CONFLICT (who) DO UPDATE SET at = excluded.at, body = excluded.body",
        (who, at, json.dumps(body)),
    )


def last_beat(connection: sqlite3.Connection, who: str) -> Beat | None:
    """The last sign of life; None where there never was one."""
    row = connection.execute("SELECT who, at, body FROM beat WHERE who = ?", (who,)).fetchone()
    return Beat(row[0], row[1], json.loads(row[2])) if row else None
