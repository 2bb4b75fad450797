"""What a person takes out of the queue, or puts back into it: jobs not sent yet, and contents that are not queued."""

import sqlite3

from ingest.ledger.uploads import IN_QUEUE, SETTLED

_SHOOT = "asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?2)"
_NAMED = "(key = ?2 OR substr(key, -length('/' || ?2)) = '/' || ?2)"


def cancel_shoot(connection: sqlite3.Connection, bucket: str, shoot_id: int, now: float) -> tuple[int, int]:
    """Take a shoot's jobs out of the queue; gives (how many, how many a worker is just sending, which stay)."""
    return _cancel(connection, bucket, _SHOOT, shoot_id, now)


def cancel_named(connection: sqlite3.Connection, bucket: str, name: str, now: float) -> tuple[int, int]:
    """As `cancel_shoot`, for the object key `name`, or every key that ends in `/name`."""
    return _cancel(connection, bucket, _NAMED, name, now)


def retry_shoot(connection: sqlite3.Connection, bucket: str, shoot_id: int) -> int:
    """A shoot's jobs that wait for their time or need a person are due now, with fresh tries; gives how many."""
    return _retry(connection, bucket, _SHOOT, shoot_id)


def retry_named(connection: sqlite3.Connection, bucket: str, name: str) -> int:
    """As `retry_shoot`, for the object key `name`, or every key that ends in `/name`."""
    return _retry(connection, bucket, _NAMED, name)


def not_queued(connection: sqlite3.Connection, bucket: str, shoot_id: int) -> list[tuple[int, bytes]]:
    """(asset id, path below the destinations) of a shoot's contents that have a proven copy and no job."""
    rows = connection.execute(
        "SELECT sa.asset_id, min(sa.path) FROM shoot_asset sa WHERE sa.shoot_id = ?"
        " AND EXISTS (SELECT 1 FROM copy c WHERE c.asset_id = sa.asset_id AND c.state = 'proven')"
        " AND NOT EXISTS (SELECT 1 FROM upload_job j WHERE j.asset_id = sa.asset_id AND j.bucket = ?)"
        " GROUP BY sa.asset_id ORDER BY 2",
        (shoot_id, bucket),
    )
    return [(int(row[0]), bytes(row[1])) for row in rows]


def _cancel(connection: sqlite3.Connection, bucket: str, which: str, value: int | str, now: float) -> tuple[int, int]:
    """What was sent is never forgotten: it lies in the bucket."""
    under_way = connection.execute(
        f"SELECT count(*) FROM upload_job WHERE bucket = ?1 AND {IN_QUEUE} AND {which}"
        " AND state = 'sending' AND lease_until > ?3",
        (bucket, value, now),
    ).fetchone()[0]
    gone = 0
    for open_state, more in ((IN_QUEUE, "(state = 'waiting' OR lease_until <= ?3)"), (SETTLED, "state = 'needs you'")):
        cursor = connection.execute(
            f"DELETE FROM upload_job WHERE bucket = ?1 AND {open_state} AND {more} AND {which} AND ?3 IS NOT NULL",
            (bucket, value, now),
        )
        gone += cursor.rowcount
    return gone, int(under_way)


def _retry(connection: sqlite3.Connection, bucket: str, which: str, value: int | str) -> int:
    done = 0
    for open_state, state in ((IN_QUEUE, "waiting"), (SETTLED, "needs you")):
        cursor = connection.execute(
            "UPDATE upload_job SET state = 'waiting', attempts = 0, next_try = 0"
            f" WHERE bucket = ?1 AND {open_state} AND state = ?3 AND {which}",
            (bucket, value, state),
        )
        done += cursor.rowcount
    return done
