"""What was sent to a bucket beside the photographs, and of which state of the ledger the newest backup there is."""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Literal

from ingest.ledger.soundness import row_counts

What = Literal["readme", "settings", "history", "ledger"]
_NO_NEWS = frozenset({"record_sent", "ledger_backup", "watched", "lack_known", "sqlite_stat1", "sqlite_stat4"})


@dataclass(frozen=True, slots=True)
class SentRecord:
    """An object that we sent. mark: what it was made of. size: bytes. at: seconds since 1970 UTC."""

    key: str
    what: What
    mark: str
    size: int
    at: float


def remember_record(connection: sqlite3.Connection, bucket: str, record: SentRecord) -> None:
    """The store agreed on its size and SHA-1."""
    connection.execute(
        "INSERT OR REPLACE INTO record_sent (bucket, key, what, mark, size, at) VALUES (?, ?, ?, ?, ?, ?)",
        (bucket, record.key, record.what, record.mark, record.size, record.at),
    )


def records_sent(connection: sqlite3.Connection, bucket: str, what: What) -> list[SentRecord]:
    """Those of one kind, the newest first."""
    rows = connection.execute(
        "SELECT key, what, mark, size, at FROM record_sent WHERE bucket = ? AND what = ? ORDER BY at DESC, key DESC",
        (bucket, what),
    )
    return [SentRecord(*row) for row in rows]


def forget_records(connection: sqlite3.Connection, bucket: str) -> None:
    """The bucket was emptied: all of it is sent again."""
    connection.execute("DELETE FROM record_sent WHERE bucket = ?", (bucket,))


def holds_anything(connection: sqlite3.Connection, bucket: str) -> bool:
    """Whether something was sent there."""
    question = "SELECT 1 FROM upload_job WHERE bucket = ? AND state IN ('sent', 'checked') LIMIT 1"
    return connection.execute(question, (bucket,)).fetchone() is not None


def folders_in_bucket(connection: sqlite3.Connection, bucket: str) -> list[bytes]:
    """The folders of shoots of which photographs lie in a bucket, in order."""
    rows = connection.execute(
        "SELECT folder FROM shoot s WHERE EXISTS (SELECT 1 FROM shoot_asset sa JOIN upload_job j"
        " ON j.asset_id = sa.asset_id AND j.bucket = ? AND j.state IN ('sent', 'checked') WHERE sa.shoot_id = s.id)"
        " ORDER BY folder",
        (bucket,),
    )
    return [bytes(row[0]) for row in rows]


def state_mark(connection: sqlite3.Connection) -> str:
    """A hash of what this ledger tells; the same while nothing happened that a backup would be missed for."""
    told: list[object] = [(name, count) for name, count in row_counts(connection).items() if name not in _NO_NEWS]
    for question in (
        "SELECT state, count(*) FROM copy GROUP BY state ORDER BY state",
        "SELECT bucket, state, count(*) FROM upload_job GROUP BY bucket, state ORDER BY bucket, state",
        "SELECT id, name, day, last_day FROM shoot ORDER BY id",
        "SELECT max(as_of), sum(settled) FROM shoot_tag",
        "SELECT id, name, root FROM destination ORDER BY id",
    ):
        told += connection.execute(question).fetchall()
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
