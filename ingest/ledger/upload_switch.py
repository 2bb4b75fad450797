"""Whether a bucket's queue runs: paused by a person, stopped by what the service refused, or held by an alarm."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether a queue runs. stopped_by: the sentence with which it was stopped or held, "" when it was not."""

    paused: bool = False
    stopped_by: str = ""


def switch(connection: sqlite3.Connection, bucket: str) -> Switch:
    """The queue's switches."""
    row = connection.execute("SELECT paused, stopped_by FROM upload_queue WHERE bucket = ?", (bucket,)).fetchone()
    return Switch(bool(row[0]), str(row[1])) if row else Switch()


def pause(connection: sqlite3.Connection, bucket: str) -> None:
    """No job is leased until `resume`; a running upload ends at its next block."""
    connection.execute(
        "INSERT INTO upload_queue (bucket, paused) VALUES (?, 1) ON CONFLICT (bucket) DO UPDATE SET paused = 1",
        (bucket,),
    )


def resume(connection: sqlite3.Connection, bucket: str) -> None:
    """Undo `pause`, and forget why the queue stopped."""
    connection.execute(
        "UPDATE upload_queue SET paused = 0, stopped_by = '', stopped_at = NULL WHERE bucket = ?", (bucket,)
    )


def hold(connection: sqlite3.Connection, bucket: str, sentence: str, at: float) -> None:
    """As `pause`, but not by a person: `sentence` says why, and is shown until `resume`."""
    pause(connection, bucket)
    stopped(connection, bucket, sentence, at)


def stopped(connection: sqlite3.Connection, bucket: str, sentence: str, at: float) -> None:
    """The service refused: remember what the owner must do. An empty sentence: the next run begins afresh."""
    connection.execute(
        "INSERT INTO upload_queue (bucket, stopped_by, stopped_at) VALUES (?, ?, ?) ON CONFLICT (bucket)"
        " DO UPDATE SET stopped_by = excluded.stopped_by, stopped_at = excluded.stopped_at",
        (bucket, sentence, at if sentence else None),
    )
