"""What a person may have to be called for, as the ledger knows it; asked every few seconds, so by indices alone."""

import json
import sqlite3
from typing import Any, NamedTuple

from ingest.ledger.care_log import CareRun, care_runs
from ingest.ledger.upload_counts import totals
from ingest.ledger.uploads import IN_QUEUE, SETTLED

_NEWEST = 20  # verdicts: more cards than anybody has readers
_LOOK = 2_000  # jobs: the queue of a busy day, so that the answer never takes long


class VerdictNow(NamedTuple):
    """The newest verdict of a card. body: the record of it. at: seconds since 1970 UTC."""

    number: int
    card_id: int
    at: float
    body: dict[str, Any]


class QueueNow(NamedTuple):
    """waiting: files in the queue. oldest: when the oldest of those that go next was queued.

    needing: uploads that need a person, problem: of one of them. last_sent: of those that were sent or checked lately.
    """

    waiting: int
    oldest: float | None
    needing: int
    problem: str
    last_sent: float | None


class DrillNow(NamedTuple):
    """The newest drill. failed: the places that did not pass."""

    at: float
    failed: tuple[str, ...]


def verdicts_now(connection: sqlite3.Connection, since: float) -> list[VerdictNow]:
    """The newest verdict of each card that was judged since then."""
    rows = connection.execute("SELECT id, card_id, at, body FROM verdict ORDER BY id DESC LIMIT ?", (_NEWEST,))
    found: dict[int, VerdictNow] = {}
    for number, card_id, at, body in rows:
        if at < since:
            break
        found.setdefault(card_id, VerdictNow(number, card_id, at, json.loads(body)))
    return list(found.values())


def queue_now(connection: sqlite3.Connection, bucket: str) -> QueueNow:
    """The third copies of a bucket, without counting what was sent in all these years."""
    counted = totals(connection, bucket)
    [oldest] = connection.execute(
        f"SELECT min(created) FROM (SELECT created FROM upload_job WHERE bucket = ? AND {IN_QUEUE} LIMIT ?)",
        (bucket, _LOOK),
    ).fetchone()
    [problem] = connection.execute(
        f"SELECT max(last_error) FROM (SELECT last_error FROM upload_job WHERE bucket = ? AND {SETTLED}"
        " AND state = 'needs you' LIMIT ?)",
        (bucket, _LOOK),
    ).fetchone()
    return QueueNow(counted.files, oldest, counted.needs_you, problem or "", _last_sent(connection, bucket))


def _last_sent(connection: sqlite3.Connection, bucket: str) -> float | None:
    """Of those that wait to be checked, and of those that were checked last."""
    [sent] = connection.execute(
        f"SELECT max(sent_at) FROM (SELECT sent_at FROM upload_job WHERE bucket = ? AND {SETTLED} AND state = 'sent'"
        " ORDER BY id DESC LIMIT ?)",  # within, since max() itself would read all that was ever checked, too
        (bucket, _LOOK),
    ).fetchone()
    [checked] = connection.execute(
        "SELECT max(sent_at) FROM (SELECT sent_at FROM upload_job WHERE bucket = ? AND state = 'checked'"
        " ORDER BY checked_at DESC LIMIT ?)",
        (bucket, _LOOK),
    ).fetchone()
    return max((at for at in (sent, checked) if at is not None), default=None)


def drill_now(connection: sqlite3.Connection) -> DrillNow | None:
    """The newest drill, None before the first."""
    [at] = connection.execute("SELECT max(at) FROM drill").fetchone()
    if at is None:
        return None
    rows = connection.execute("SELECT place FROM drill WHERE at = ? AND passed = 0 ORDER BY id", (at,))
    return DrillNow(float(at), tuple(str(place) for (place,) in rows))


def verify_now(connection: sqlite3.Connection) -> CareRun | None:
    """The newest verify."""
    return next(iter(care_runs(connection, "verify", 1)), None)
