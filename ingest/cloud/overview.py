"""What the faces show of the off-site copy: a shoot's state, read from the ledger."""

import sqlite3
import time

from ingest.cloud.status import CloudStatus, status_of
from ingest.ledger.upload_counts import counts_by_shoot, counts_of_shoot
from ingest.ledger.upload_switch import switch


def cloud_of_shoot(connection: sqlite3.Connection, shoot_id: int, bucket: str) -> CloudStatus | None:
    """The state of one shoot's third copy; None when no off-site copy is configured (`bucket` is "")."""
    if not bucket:
        return None
    queue = switch(connection, bucket)
    counts = counts_of_shoot(connection, shoot_id, bucket, time.time())
    return status_of(counts, local_day, paused=queue.paused, stopped_by=queue.stopped_by)


def cloud_of_shoots(connection: sqlite3.Connection, bucket: str) -> dict[int, CloudStatus]:
    """Shoot id -> state, for every shoot that has files; one reading of the ledger."""
    queue = switch(connection, bucket)
    return {
        shoot_id: status_of(counts, local_day, paused=queue.paused, stopped_by=queue.stopped_by)
        for shoot_id, counts in counts_by_shoot(connection, bucket, time.time()).items()
    }


def local_day(at: float) -> str:
    """In the form "14 Nov 2025", in the station's time zone."""
    return time.strftime("%d %b %Y", time.localtime(at))
