"""The worker of the upload queue: leases a job, sends it, settles it in the ledger, and knows when to stop.

What cannot heal by itself stops the queue at once with one sentence; weather makes it wait, without end only when a
person asked for that; a job's own failures are tried three times, hours apart. Nothing here deletes anything anywhere.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ingest.cloud.apart import run_apart
from ingest.cloud.backoff import next_try
from ingest.cloud.checking import DOUBT, check_sent
from ingest.cloud.errors import (
    CloudError,
    CloudRefused,
    CloudUnreachable,
    Interrupted,
    NameTaken,
    ObjectRefused,
    SlowDown,
    SourceGone,
)
from ingest.cloud.events import UploadNeedsYou, UploadPostponed, UploadProgressed, UploadSent, UploadsResting
from ingest.cloud.sending import OnSuspect, send_job
from ingest.cloud.store import ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.ledger import uploads
from ingest.model.uploads import UploadJob, beside

LEASE_SECONDS = 60.0
_RENEW = 15.0
_LOOK_AT_SWITCH = 1.0
_CHECK_AFTER = 100
_TRIES = 3
_BETWEEN_TRIES = 3600.0
_DRIVE_AWAY = 600.0
_WEATHER_LIMIT = 3  # failures in a row after which a run without `wait` ends
_LONGEST_REST = 60.0  # that a run without `wait` accepts
_NAMES = 100

T = TypeVar("T")


@dataclass(slots=True)
class RunSummary:
    """What one run did. sent counts already_there too; waiting and needs_you: left in the queue at the end.

    problem: why it ended early; to be raised by whoever wants an exit code. reasons: why single files wait, counted.
    """

    sent: int = 0
    already_there: int = 0
    bytes_sent: int = 0
    duplicates: int = 0
    checked: int = 0
    waiting: int = 0
    needs_you: int = 0
    paused: bool = False
    interrupted: bool = False
    problem: CloudError | None = None
    reasons: dict[str, int] = field(default_factory=dict)


def run_queue(
    store: Store,
    connection: sqlite3.Connection,
    bucket: str,
    roots: Mapping[str, bytes],
    *,
    stop: threading.Event,
    on_event: Callable[[Event], object],
    on_suspect: OnSuspect | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], object] | None = None,
    jitter: Callable[[], float] = random.random,
    wait: bool = False,
) -> RunSummary:
    """Send and check what is due. roots: destination name -> absolute root, for those that are there now.

    on_suspect: told of copies whose bytes changed; by default they become suspect in the ledger. sleep: must return
    early when `stop` is set. wait: go on until the queue is empty, whatever the weather; without it a run ends with
    CloudUnreachable in `problem` after three failures in a row.

    Everything is called in the caller's thread; only the store's calls run in another one.
    """
    suspect = on_suspect or (lambda asset_id, place, path: uploads.suspect_source(connection, asset_id, place, path))
    run = _Run(store, connection, bucket, roots, stop, on_event, suspect, clock, sleep or stop.wait, jitter, wait)
    uploads.stopped(connection, bucket, "", clock())
    uploads.due_now(connection, bucket)
    run.go()
    left = uploads.totals(connection, bucket)
    run.summary.waiting, run.summary.needs_you = left.files, left.needs_you
    run.summary.paused = uploads.switch(connection, bucket).paused
    return run.summary


@dataclass
class _Run:
    store: Store
    connection: sqlite3.Connection
    bucket: str
    roots: Mapping[str, bytes]
    stop: threading.Event
    emit: Callable[[Event], object]
    on_suspect: OnSuspect
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    jitter: Callable[[], float]
    wait: bool
    summary: RunSummary = field(default_factory=RunSummary)
    failures: int = 0
    unchecked: int = 0
    waited_for_lease: bool = False
    paused: bool = False
    looked: float = 0.0
    renewed: float = 0.0

    def go(self) -> None:
        """Until nothing is due, a person stops it, or it must end."""
        while not self._over():
            job = uploads.lease_next(self.connection, self.bucket, self.clock(), LEASE_SECONDS)
            if job is not None:
                self._send(job)
            if job is None or self.unchecked >= _CHECK_AFTER:
                again = self._check()
                if job is None and not again and not self._rest_until_due():
                    return

    def _over(self) -> bool:
        return self.stop.is_set() or self.summary.problem is not None or self.summary.interrupted

    # --- one job

    def _send(self, job: UploadJob) -> None:
        told = [0]
        try:
            stored = send_job(
                job,
                self.store,
                self.roots,
                lambda work: self._apart(work, lambda: self._progress(job, told)),
                on_bytes=lambda sent: told.__setitem__(0, sent),
                emit=self.emit,
                on_suspect=self.on_suspect,
            )
        except CloudError as error:
            self._failed(job, error)
        except BaseException:
            self._postpone(job, self.clock(), job.last_error, counted=False)
            raise
        else:
            self._sent(job, stored)

    def _sent(self, job: UploadJob, stored: StoredObject) -> None:
        doubt = "" if stored.verified else DOUBT
        uploads.finish_sent(self.connection, job.id, file_id=stored.file_id, at=self.clock(), doubt=doubt)
        self.failures = 0
        self.unchecked += 1
        self.summary.sent += 1
        self.summary.already_there += int(stored.already_there)
        self.summary.bytes_sent += 0 if stored.already_there else job.size
        self.summary.duplicates += stored.versions - 1
        self.emit(UploadSent(stored.key, job.size, stored.already_there, stored.versions))
