"""The upload queue: jobs born with the proof of their source, leased, sent, checked. Order is by priority, then age.

All functions but `lease_next` are single statements: alone they commit, inside a transaction they belong to it.
"""

import sqlite3
from collections.abc import Container, Iterable, Sequence
from typing import Any

from ingest.ledger.db import transaction
from ingest.ledger.many import ask, insert
from ingest.model.uploads import JobState, UploadJob, beside

_MOST_TWINS = 1000
# Word for word as in the partial indices, else they are not used: a queue of years is mostly jobs that are done with.
IN_QUEUE = "state IN ('waiting', 'sending')"
SETTLED = "state IN ('sent', 'checked', 'needs you')"
_JOB = (
    "SELECT j.id, j.asset_id, j.key, a.size, lower(hex(a.sha1)), lower(hex(a.xxh128)), a.mtime_ns / 1000000, j.state,"
    " j.attempts, j.next_try, j.last_error, j.file_id FROM upload_job j JOIN asset a ON a.id = j.asset_id"
)


def enqueue(
    connection: sqlite3.Connection, asset_id: int, bucket: str, key: str, created: float, priority: int = 0
) -> bool:
    """Queue an asset for a bucket, once; call inside the transaction that proves its copy. True when it is new.

    Raises:
        sqlite3.IntegrityError: the asset has no proven copy.
    """
    return enqueue_all(connection, bucket, [(asset_id, key)], created, priority) == 1


def enqueue_all(
    connection: sqlite3.Connection, bucket: str, jobs: Sequence[tuple[int, str]], created: float, priority: int = 0
) -> int:
    """Queue (asset id, key) for a bucket, each asset once; as `enqueue`. Gives how many are new.

    A key that another content has becomes the next free name beside it.
    """
    queued = "SELECT column1 FROM asked CROSS JOIN upload_job ON asset_id = column1 AND bucket = column2"
    taken = "SELECT column2 FROM asked CROSS JOIN upload_job ON bucket = column1 AND key = column2"
    known = {row[0] for row in ask(connection, queued, [(asset_id, bucket) for asset_id, _ in jobs])}
    keys = {row[0] for row in ask(connection, taken, [(bucket, key) for _, key in jobs])}
    rows = []
    for asset_id, key in jobs:
        if asset_id not in known:
            free = _free_key(connection, bucket, key, keys) if key in keys else key
            rows.append((asset_id, bucket, free, created, priority))
            known.add(asset_id)
            keys.add(free)
    insert(connection, "upload_job (asset_id, bucket, key, created, priority)", rows)
    return len(rows)


def take_back(connection: sqlite3.Connection, asset_id: int) -> None:
    """Forget the jobs of a content whose every copy is lost: there is nothing to send. What is under way stays."""
    connection.execute(
        "DELETE FROM upload_job WHERE asset_id = ? AND state IN ('waiting', 'needs you')"
        " AND NOT EXISTS (SELECT 1 FROM copy WHERE asset_id = upload_job.asset_id AND state <> 'lost')",
        (asset_id,),
    )


def rename(connection: sqlite3.Connection, job_id: int, bucket: str, key: str) -> bool:
    """Give a job another key; False when another job of the bucket has it."""
    if _is_taken(connection, bucket, key):
        return False
    connection.execute("UPDATE upload_job SET key = ? WHERE id = ?", (key, job_id))
    return True


def _free_key(connection: sqlite3.Connection, bucket: str, key: str, taken: Container[str]) -> str:
    """The next name beside a key that is taken; `taken`: by jobs that are not written yet."""
    for nth in range(2, _MOST_TWINS):
        candidate = beside(key, nth)
        if candidate not in taken and not _is_taken(connection, bucket, candidate):
            return candidate
    raise sqlite3.IntegrityError(f"more than {_MOST_TWINS} objects want the name {key}")


def _is_taken(connection: sqlite3.Connection, bucket: str, key: str) -> bool:
    row = connection.execute("SELECT 1 FROM upload_job WHERE bucket = ? AND key = ?", (bucket, key)).fetchone()
    return row is not None


def lease_next(connection: sqlite3.Connection, bucket: str, now: float, lease_seconds: float) -> UploadJob | None:
    """Take the next job that is due, or one whose worker did not renew its lease; None when paused or nothing is due.

    Opens its own transaction, so that two workers never take one job.
    """
    with transaction(connection):
        row = connection.execute(
            "SELECT id FROM upload_job WHERE bucket = ? AND state IN ('waiting', 'sending')"
            " AND ((state = 'waiting' AND next_try <= ?) OR (state = 'sending' AND lease_until <= ?))"
            " AND NOT EXISTS (SELECT 1 FROM upload_queue q WHERE q.bucket = upload_job.bucket AND q.paused = 1)"
            " ORDER BY priority DESC, id LIMIT 1",
            (bucket, now, now),
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "UPDATE upload_job SET state = 'sending', lease_until = ? WHERE id = ?", (now + lease_seconds, row[0])
        )
        return _job(connection, connection.execute(f"{_JOB} WHERE j.id = ?", (row[0],)).fetchone())


def _job(connection: sqlite3.Connection, row: Any) -> UploadJob:
    return UploadJob(
        id=int(row[0]), asset_id=int(row[1]), key=str(row[2]), size=int(row[3]), sha1=str(row[4]), xxh128=str(row[5]),
        mtime_ms=int(row[6]), state=JobState(row[7]), attempts=int(row[8]), next_try=float(row[9]),
        last_error=str(row[10]), file_id=str(row[11]), sources=_sources(connection, int(row[1])),
    )  # fmt: skip


def _sources(connection: sqlite3.Connection, asset_id: int) -> tuple[tuple[str, bytes], ...]:
    """Proven copies, those on this station's own disks first: a NAS is read over the wire."""
    rows = connection.execute(
        "SELECT d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.asset_id = ? AND c.state = 'proven'"
        " ORDER BY CASE d.kind WHEN 'ssd' THEN 0 WHEN 'hdd' THEN 1 WHEN 'drive' THEN 2 ELSE 3 END, c.id",
        (asset_id,),
    )
    return tuple((str(row[0]), bytes(row[1])) for row in rows)


def renew(connection: sqlite3.Connection, job_id: int, lease_until: float, before: float) -> bool:
    """The worker is alive and still sending; False when its lease (until `before`) was over and another one has it."""
    cursor = connection.execute(
        "UPDATE upload_job SET lease_until = ? WHERE id = ? AND state = 'sending' AND lease_until = ?",
        (lease_until, job_id, before),
    )
    return cursor.rowcount == 1


def give_back(connection: sqlite3.Connection, job_id: int, lease_until: float) -> None:
    """End a lease whose job is not done with: it is due at once. What another worker has leased since stays its own."""
    connection.execute(
        "UPDATE upload_job SET state = 'waiting', next_try = 0, lease_until = 0"
        " WHERE id = ? AND state = 'sending' AND lease_until = ?",
        (job_id, lease_until),
    )


def finish_sent(connection: sqlite3.Connection, job_id: int, *, file_id: str, at: float, doubt: str = "") -> None:
    """The store agreed on size and SHA-1. doubt: why a listing alone cannot check this object, "" when it can."""
    connection.execute(
        "UPDATE upload_job SET state = 'sent', file_id = ?, sent_at = ?, last_error = ?, lease_until = 0"
        " WHERE id = ? AND state <> 'checked'",
        (file_id, at, doubt, job_id),
    )


def finish_checked(
    connection: sqlite3.Connection, job_id: int, *, at: float, how: str = "sha1", file_id: str = ""
) -> None:
    """A later listing of the bucket holds the object with our size and SHA-1, or its bytes were read.

    how: "sha1", "parts" or "read". file_id: of that version, "" for the one that was sent.
    """
    connection.execute(
        "UPDATE upload_job SET state = 'checked', checked_at = ?, how = ?, last_error = '', attempts = 0,"
        " file_id = coalesce(nullif(?, ''), file_id)"
        " WHERE id = ? AND (state IN ('sent', 'checked') OR (state = 'needs you' AND file_id <> ''))",
        (at, how, file_id, job_id),
    )


def postpone(connection: sqlite3.Connection, job_id: int, *, next_try: float, error: str, counted: bool) -> None:
    """Back to waiting, not before `next_try`. counted: it was this job's own fault, not the network's or a drive's.

    Also takes back a `sent` job that the bucket does not hold any more.
    """
    connection.execute(
        "UPDATE upload_job SET state = 'waiting', next_try = ?, last_error = ?, attempts = attempts + ?,"
        " lease_until = 0, file_id = '', sent_at = NULL WHERE id = ? AND state IN ('waiting', 'sending', 'sent')",
        (next_try, error, int(counted), job_id),
    )


def needs_you(connection: sqlite3.Connection, job_id: int, error: str) -> None:
    """A person must act before this job can go on."""
    connection.execute(
        "UPDATE upload_job SET state = 'needs you', last_error = ?, lease_until = 0 WHERE id = ?", (error, job_id)
    )


def retry_all(connection: sqlite3.Connection, bucket: str) -> int:
    """Everything that waits or needs a person is due now, with fresh tries; gives how many jobs."""
    cursor = connection.execute(
        "UPDATE upload_job SET state = 'waiting', attempts = 0, next_try = 0 WHERE id IN ("
        f"SELECT id FROM upload_job WHERE bucket = ?1 AND {SETTLED} AND state = 'needs you' UNION ALL"
        f" SELECT id FROM upload_job WHERE bucket = ?1 AND {IN_QUEUE} AND state = 'waiting'"
        " AND (next_try > 0 OR attempts > 0))",
        (bucket,),
    )
    return cursor.rowcount


def due_now(connection: sqlite3.Connection, bucket: str) -> None:
    """A person started the queue: jobs that only waited for the network or a drive are tried at once."""
    connection.execute(
        f"UPDATE upload_job SET next_try = 0 WHERE bucket = ? AND {IN_QUEUE} AND state = 'waiting'"
        " AND attempts = 0 AND next_try > 0",
        (bucket,),
    )


def next_due(connection: sqlite3.Connection, bucket: str) -> tuple[float, bool] | None:
    """(when the next job is due, whether that is another worker's lease); None when no job is left to send."""
    row = connection.execute(
        "SELECT CASE state WHEN 'sending' THEN lease_until ELSE next_try END AS due, state = 'sending' FROM upload_job"
        " WHERE bucket = ? AND state IN ('waiting', 'sending') ORDER BY due LIMIT 1",
        (bucket,),
    ).fetchone()
    return (float(row[0]), bool(row[1])) if row else None


def to_check(connection: sqlite3.Connection, bucket: str) -> list[UploadJob]:
    """Jobs sent that a listing can check, by key; those sent with a doubt are not among them."""
    rows = connection.execute(
        f"{_JOB} WHERE j.bucket = ? AND j.{SETTLED} AND j.state = 'sent' AND j.last_error = '' ORDER BY +j.key",
        (bucket,),
    ).fetchall()
    return [_job(connection, row) for row in rows]


def reprioritise(connection: sqlite3.Connection, bucket: str) -> int:
    """Order by what the catalogs say: a pick before stars before the rest, rejects last; gives how many moved."""
    wanted = (
        "coalesce((SELECT max(10 * coalesce(t.pick, 0) + coalesce(t.rating, 0)) FROM asset_tag t"
        " WHERE t.asset_id = upload_job.asset_id), 0)"
    )
    cursor = connection.execute(
        f"UPDATE upload_job SET priority = {wanted} WHERE bucket = ? AND {IN_QUEUE} AND state = 'waiting'"
        f" AND priority <> {wanted}",
        (bucket,),
    )
    return cursor.rowcount


def keys_of_assets(connection: sqlite3.Connection, bucket: str, asset_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Asset id -> (key, file id of the version we sent), for those of the assets that the bucket holds."""
    ask = (
        "SELECT key, file_id FROM upload_job WHERE asset_id = ? AND bucket = ? AND file_id <> ''"
        " AND state IN ('sent', 'checked', 'needs you')"  # what somebody hid there is there
    )
    found = ((asset_id, connection.execute(ask, (asset_id, bucket)).fetchone()) for asset_id in asset_ids)
    return {asset_id: (str(row[0]), str(row[1])) for asset_id, row in found if row}


def suspect_source(connection: sqlite3.Connection, asset_id: int, destination: str, path: bytes) -> None:
    """This copy was read for an upload and had other bytes: not to be trusted until it is verified or repaired."""
    connection.execute(
        "UPDATE copy SET state = 'suspect' WHERE asset_id = ? AND path = ? AND state = 'proven'"
        " AND destination_id = (SELECT id FROM destination WHERE name = ?)",
        (asset_id, path, destination),
    )
