"""Third copies looked at in the bucket again: which are due for it, and what is not as it was. Single statements."""

import sqlite3
from typing import NamedTuple

from ingest.ledger.uploads import SETTLED

_LOOK = (
    "SELECT j.id, j.key, a.size, lower(hex(a.sha1)), j.file_id, j.attempts"
    " FROM upload_job j JOIN asset a ON a.id = j.asset_id"
)


class Look(NamedTuple):
    """What the bucket should hold under `key`. sha1: hex. file_id: of the version that was sent."""

    id: int
    key: str
    size: int
    sha1: str
    file_id: str
    attempts: int


def due_again(connection: sqlite3.Connection, bucket: str, before: float, most: int) -> list[Look]:
    """Last checked before then, at most so many, the oldest look first among all; by key."""
    oldest = "WHERE j.bucket = ? AND j.state = 'checked' AND j.checked_at < ? ORDER BY j.checked_at LIMIT ?"
    found = map(Look._make, connection.execute(f"{_LOOK} {oldest}", (bucket, before, most)))
    return sorted(found, key=lambda look: look.key)


def out_of_sight(connection: sqlite3.Connection, bucket: str) -> list[Look]:
    """What was hidden or covered there at the last look, by key: somebody may have set it right since."""
    where = f"WHERE j.bucket = ? AND j.{SETTLED} AND j.state = 'needs you' AND j.file_id <> '' ORDER BY +j.key"
    return [*map(Look._make, connection.execute(f"{_LOOK} {where}", (bucket,)))]


def in_doubt(connection: sqlite3.Connection, bucket: str) -> list[Look]:
    """Sent with a doubt, by key: only their bytes can tell what they are."""
    where = f"WHERE j.bucket = ? AND j.{SETTLED} AND j.state = 'sent' AND j.last_error <> '' ORDER BY +j.key"
    return [*map(Look._make, connection.execute(f"{_LOOK} {where}", (bucket,)))]


def doubted(connection: sqlite3.Connection, job_id: int, *, file_id: str, doubt: str) -> None:
    """Something lies there of which its uploader alone says that it is this: sent, and not checked any more."""
    connection.execute(
        "UPDATE upload_job SET state = 'sent', file_id = ?, last_error = ?"
        " WHERE id = ? AND (state IN ('sent', 'checked') OR (state = 'needs you' AND file_id <> ''))",
        (file_id, doubt, job_id),
    )


def vanished(connection: sqlite3.Connection, job_id: int, *, next_try: float, error: str) -> None:
    """The bucket does not hold it: to be sent again. When it was last checked stays: that tells it from what is new."""
    connection.execute(
        "UPDATE upload_job SET state = 'waiting', next_try = ?, last_error = ?, attempts = attempts + 1, file_id = '',"
        " sent_at = NULL, how = '' WHERE id = ? AND (state IN ('sent', 'checked') OR (state = 'needs you' AND"
        " file_id <> ''))",
        (next_try, error, job_id),
    )


def checked_otherwise(connection: sqlite3.Connection, bucket: str) -> dict[str, int]:
    """How many were checked by their "parts" and how many were "read" again; all others by the SHA-1 of the whole."""
    rows = connection.execute(
        "SELECT how, count(*) FROM upload_job WHERE bucket = ? AND how IN ('parts', 'read') AND state = 'checked'"
        " GROUP BY how",
        (bucket,),
    )
    return {"parts": 0, "read": 0} | {str(how): int(count) for how, count in rows}
