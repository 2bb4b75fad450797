"""The third copies in numbers: of a bucket's whole queue, and of a shoot, whose every file is in exactly one state."""

import sqlite3
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ingest.ledger.uploads import IN_QUEUE, SETTLED
from ingest.model.uploads import UploadCounts

_COUNTS = (
    "SELECT sa.shoot_id, count(*), coalesce(sum(a.size), 0), total(j.id IS NULL),"
    " total(j.state = 'waiting' OR (j.state = 'sending' AND j.lease_until <= :now)),"
    " total(j.state = 'sending' AND j.lease_until > :now), total(j.state = 'sent'), total(j.state = 'checked'),"
    " total(j.state = 'needs you'), min(CASE j.state WHEN 'checked' THEN j.checked_at END),"
    " coalesce(max(CASE j.state WHEN 'needs you' THEN j.last_error END), ''),"
    " total(j.state IN ('waiting', 'sending') AND j.checked_at IS NOT NULL)"
    " FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id"
    " LEFT JOIN upload_job j ON j.asset_id = sa.asset_id AND j.bucket = :bucket"
)


def counts_by_shoot(connection: sqlite3.Connection, bucket: str, now: float) -> dict[int, UploadCounts]:
    """Shoot id -> its counts, for every shoot that has files. A worker whose lease is over is not sending."""
    rows = connection.execute(f"{_COUNTS} GROUP BY sa.shoot_id", {"bucket": bucket, "now": now})
    return {int(row[0]): _counts(row) for row in rows}


def counts_of_shoot(connection: sqlite3.Connection, shoot_id: int, bucket: str, now: float) -> UploadCounts:
    """One shoot's counts; all zero for a shoot without files."""
    values = {"bucket": bucket, "now": now, "shoot": shoot_id}
    row = connection.execute(f"{_COUNTS} WHERE sa.shoot_id = :shoot GROUP BY sa.shoot_id", values).fetchone()
    return _counts(row) if row else UploadCounts(0, 0, 0, 0, 0, 0, 0, 0)


def _counts(row: Any) -> UploadCounts:
    files, size, absent, waiting, sending, sent, checked, needs_you = (int(row[column]) for column in range(1, 9))
    at = None if row[9] is None else float(row[9])
    return UploadCounts(files, size, absent, waiting, sending, sent, checked, needs_you, at, str(row[10]), int(row[11]))


@dataclass(frozen=True, slots=True)
class Totals:
    """One bucket's queue. files, bytes: still to be sent (waiting or sending). sent: not yet checked."""

    files: int
    bytes: int
    sent: int
    checked: int
    needs_you: int


def totals(connection: sqlite3.Connection, bucket: str) -> Totals:
    """How much of the queue is in which state, as the ledger counts it whenever one changes."""
    counted = {
        str(state): (int(files), int(size))
        for state, files, size in connection.execute(
            "SELECT state, files, bytes FROM upload_total WHERE bucket = ?", (bucket,)
        )
    }
    files, size = (sum(both) for both in zip(*(counted.get(state, (0, 0)) for state in _UNSENT), strict=True))
    sent, checked, needs_you = (counted.get(state, (0, 0))[0] for state in ("sent", "checked", "needs you"))
    return Totals(files, size, sent, checked, needs_you)


_UNSENT = ("waiting", "sending")


def in_queue(connection: sqlite3.Connection, bucket: str) -> tuple[int, int]:
    """(files, bytes) still to be sent."""
    counted = totals(connection, bucket)
    return counted.files, counted.bytes


_MANY = 20_000  # open jobs; from there on shoots are asked one by one, which ends as soon as there are enough
_OPEN = " UNION ALL ".join(
    f"SELECT asset_id FROM upload_job WHERE bucket = :bucket AND {state}"
    for state in (IN_QUEUE, f"{SETTLED} AND state = 'sent'", f"{SETTLED} AND state = 'needs you'")
)
_NEWEST = "ORDER BY s.day DESC, s.id DESC LIMIT :most"
_SHOOTS_OF_FEW = (
    f"SELECT s.id FROM shoot s WHERE s.id IN (SELECT sa.shoot_id FROM ({_OPEN}) o"
    f" JOIN shoot_asset sa ON sa.asset_id = o.asset_id) {_NEWEST}"
)
_SHOOTS_OF_MANY = (
    "SELECT s.id FROM shoot s WHERE EXISTS (SELECT 1 FROM shoot_asset sa JOIN upload_job j ON j.asset_id = sa.asset_id"
    f" WHERE sa.shoot_id = s.id AND j.bucket = :bucket AND j.state <> 'checked') {_NEWEST}"
)


@dataclass(frozen=True, slots=True)
class ShootUploads:
    """One shoot's third copies. sizes: bytes by the names of the states in `counts`; they add up to `counts.size`."""

    shoot_id: int
    name: str
    day: str
    counts: UploadCounts
    sizes: dict[str, int]


_STATES = ("not_queued", "waiting", "sending", "sent", "checked", "needs_you")
_STATE = (
    "CASE WHEN j.id IS NULL THEN 0 WHEN j.state = 'sending' AND j.lease_until > :now THEN 2"
    " WHEN j.state IN ('waiting', 'sending') THEN 1 WHEN j.state = 'sent' THEN 3 WHEN j.state = 'checked' THEN 4"
    " ELSE 5 END"
)


def shoots_under_way(connection: sqlite3.Connection, bucket: str, now: float, most: int = -1) -> list[ShootUploads]:
    """Shoots that have something to be sent or checked, or that need a person: the newest, `most` of them (-1: all).

    Shoots whose every queued file is checked are not read: years of them cost nothing here.
    """
    values = {"bucket": bucket, "now": now, "most": most}
    counted = _OPEN.replace("SELECT asset_id", "SELECT 1")  # answered by indices alone
    open_jobs = connection.execute(f"SELECT count(*) FROM ({counted} LIMIT {_MANY})", values).fetchone()[0]
    rows = connection.execute(
        f"SELECT s.id, s.name, s.day, {_STATE} AS at, count(*),"
        " sum(coalesce(j.size, (SELECT size FROM asset WHERE id = sa.asset_id))),"
        " min(CASE j.state WHEN 'checked' THEN j.checked_at END),"
        " coalesce(max(CASE j.state WHEN 'needs you' THEN j.last_error END), ''),"
        " total(j.state IN ('waiting', 'sending') AND j.checked_at IS NOT NULL)"
        f" FROM ({_SHOOTS_OF_MANY if open_jobs == _MANY else _SHOOTS_OF_FEW}) u JOIN shoot s ON s.id = u.id"
        " JOIN shoot_asset sa ON sa.shoot_id = s.id"
        " LEFT JOIN upload_job j ON j.asset_id = sa.asset_id AND j.bucket = :bucket"
        " GROUP BY s.id, at ORDER BY s.day DESC, s.id DESC, at",
        values,
    )
    return [_uploads(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]


def _uploads(rows: list[Any]) -> ShootUploads:
    files, sizes = dict.fromkeys(_STATES, 0), dict.fromkeys(_STATES, 0)
    for row in rows:
        files[_STATES[row[3]]], sizes[_STATES[row[3]]] = int(row[4]), int(row[5])
    checked_at = next((float(row[6]) for row in rows if row[6] is not None), None)
    problem = max(str(row[7]) for row in rows)
    counts = UploadCounts(
        sum(files.values()), sum(sizes.values()), **files, checked_at=checked_at, problem=problem,
        again=sum(int(row[8]) for row in rows),
    )  # fmt: skip
    return ShootUploads(int(rows[0][0]), str(rows[0][1]), str(rows[0][2]), counts, sizes)


def sent_lately(connection: sqlite3.Connection, bucket: str, since: float) -> list[tuple[float, int]]:
    """(when it had arrived, bytes) of uploads since then, among the newest few hundred jobs alone."""
    rows: list[tuple[float, int]] = []
    for state in ("sent", "checked"):
        rows += connection.execute(
            "SELECT sent_at, a.size FROM (SELECT asset_id, sent_at FROM upload_job"
            f" WHERE bucket = ? AND {SETTLED} AND state = ? ORDER BY id DESC LIMIT 500) j"
            " JOIN asset a ON a.id = j.asset_id WHERE j.sent_at >= ?",
            (bucket, state, since),
        ).fetchall()
    return rows


def stored_bytes(connection: sqlite3.Connection, bucket: str) -> int:
    """Bytes that we sent and that lie in the bucket, as far as is known here."""
    row = connection.execute(
        "SELECT coalesce(sum(a.size), 0) FROM upload_job j JOIN asset a ON a.id = j.asset_id"
        f" WHERE j.bucket = ? AND j.{SETTLED} AND j.state <> 'needs you'",
        (bucket,),
    ).fetchone()
    return int(row[0])


def stored_by_shoot(connection: sqlite3.Connection, bucket: str) -> dict[int, int]:
    """Shoot id -> its bytes in the bucket, for shoots that have any; a content of two shoots counts in both."""
    rows = connection.execute(
        "SELECT shoot_id, sum(size) FROM (SELECT DISTINCT sa.shoot_id, sa.asset_id, a.size FROM upload_job j"
        " JOIN asset a ON a.id = j.asset_id JOIN shoot_asset sa ON sa.asset_id = j.asset_id"
        f" WHERE j.bucket = ? AND j.{SETTLED} AND j.state <> 'needs you') GROUP BY shoot_id",
        (bucket,),
    )
    return {int(row[0]): int(row[1]) for row in rows}
