"""Which uploads in a bucket are this ledger's own: a tag that no other ledger has, and what it still wants."""

import hashlib
import sqlite3


def owner_tag(connection: sqlite3.Connection) -> str:
    """16 hex digits, the same for the life of this ledger; "" before its first session.

    Of the first session's row, which is append-only: a ledger that was put back keeps it, one that was rebuilt has
    another one and leaves what its forerunner began to the bucket's own rule for unfinished files.
    """
    row = connection.execute("SELECT started, boot_id, card_id FROM run ORDER BY id LIMIT 1").fetchone()
    return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()[:16] if row else ""


def still_wanted(connection: sqlite3.Connection, bucket: str, key: str, sha1: str) -> bool:
    """Whether a job of ours, not sent yet, wants this content under this key."""
    row = connection.execute(
        "SELECT 1 FROM upload_job j JOIN asset a ON a.id = j.asset_id WHERE j.bucket = ? AND j.key = ?"
        " AND j.state IN ('waiting', 'sending', 'needs you') AND lower(hex(a.sha1)) = ?",
        (bucket, key, sha1),
    ).fetchone()
    return row is not None
