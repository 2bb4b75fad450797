"""The worker of the upload queue: leases a job, sends it, settles it in the ledger, and knows when to stop.

What cannot heal by itself stops the queue at once with one sentence; weather makes it wait, without end only when a
person asked for that; a job's own failures are tried three times, hours apart. Nothing here deletes anything anywhere.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from ingest.cloud.apart import run_apart
from ingest.cloud.checking import check_sent
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, Interrupted, NameTaken, ObjectRefused
from ingest.cloud.events import UploadProgressed, UploadsResting
from ingest.cloud.sending import OnSuspect, send_job
from ingest.cloud.settling import RunSummary, Settler
from ingest.cloud.store import ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.ledger import upload_counts, upload_switch, uploads
from ingest.model.uploads import UploadJob, beside

LEASE_SECONDS = 60.0
_RENEW = 15.0
_LOOK_AT_SWITCH = 1.0
_CHECK_AFTER = 100  # files sent
_FAILURES = 3  # of the network in a row, after which a run that does not wait ends
_LONGEST_REST = 60.0  # that such a run accepts
_NAMES = 100

T = TypeVar("T")


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

    on_suspect: told of copies whose bytes changed; by default they become suspect in the ledger. sleep: by default
    `stop.wait`. wait: go on until the queue is empty, whatever the weather; without it a run ends with
    CloudUnreachable in the summary's `problem` after three failures in a row. CloudRefused ends every run.

    Everything is called in the caller's thread; only the store's own calls run in another one.
    """
    suspect = on_suspect or (lambda asset_id, place, path: uploads.suspect_source(connection, asset_id, place, path))
    settler = Settler(connection, bucket, on_event, clock, jitter)
    if not upload_switch.switch(connection, bucket).paused:  # why a queue is held is kept until a person lets it go on
        upload_switch.stopped(connection, bucket, "", clock())
    uploads.due_now(connection, bucket)
    _Run(store, roots, settler, stop, suspect, sleep or stop.wait, wait).go()
    summary, left = settler.summary, upload_counts.totals(connection, bucket)
    summary.waiting, summary.needs_you = left.files, left.needs_you
    summary.paused = upload_switch.switch(connection, bucket).paused
    summary.interrupted = stop.is_set()
    return summary


class _Run:
    def __init__(
        self,
        store: Store,
        roots: Mapping[str, bytes],
        settler: Settler,
        stop: threading.Event,
        on_suspect: OnSuspect,
        sleep: Callable[[float], object],
        wait: bool,
    ) -> None:
        self._store, self._roots, self._settler = store, roots, settler
        self._connection, self._bucket, self._clock = settler.connection, settler.bucket, settler.clock
        self._stop, self._on_suspect, self._sleep, self._wait = stop, on_suspect, sleep, wait
        self._paused = self._waited_for_lease = False
        self._looked = self._renewed = 0.0
        self._sent_bytes = self._told_bytes = self._unchecked = 0

    def go(self) -> None:
        """Until nothing is due, a person stops it, or it must end."""
        while not self._over():
            job = uploads.lease_next(self._connection, self._bucket, self._clock(), LEASE_SECONDS)
            if job is not None:
                self._one(job)
                if self._unchecked >= _CHECK_AFTER and not self._over():
                    self._check()
            elif not self._check() and (self._over() or not self._rest_until_due()):
                return

    def _over(self) -> bool:
        return self._stop.is_set() or self._paused or self._settler.summary.problem is not None

    def _should_stop(self) -> bool:
        return self._stop.is_set() or self._paused

    def _one(self, job: UploadJob) -> None:
        try:
            self._send(job)
        except CloudError as error:
            seconds = self._settler.failed(job, error)
            if seconds and isinstance(error, CloudUnreachable):
                self._rest_or_end(seconds, error)
        except BaseException:
            self._settler.release(job)
            raise

    def _send(self, job: UploadJob) -> None:
        self._sent_bytes = self._told_bytes = 0
        self._renewed = self._clock()
        try:
            stored = send_job(
                job,
                self._store,
                self._roots,
                _Apart(self, job),
                on_bytes=self._count,
                emit=self._settler.emit,
                on_suspect=self._on_suspect,
            )
        except NameTaken:
            self._rename(job)
        else:
            self._settler.sent(job, stored)
            self._unchecked += 1

    def _count(self, sent: int) -> None:
        self._sent_bytes = sent

    def _rename(self, job: UploadJob) -> None:
        """A free name beside the taken one, or one under which our content lies already; the job is due at once."""
        for nth in range(2, _NAMES):
            key = beside(job.key, nth)
            found = self.apart(partial(_stat, self._store, key), job)
            ours = found is None or (found.size, found.sha1) == (job.size, job.sha1)
            if ours and uploads.rename(self._connection, job.id, self._bucket, key):
                self._settler.release(job)
                return
        raise ObjectRefused("other contents have this name in the bucket, and a hundred names beside it", path=job.key)

    def apart(self, work: Callable[[ShouldStop], T], job: UploadJob | None) -> T:
        """A call of the store in another thread, while the lease is renewed, the switch is looked at and bars move."""
        return run_apart(work, self._should_stop, lambda: self._tick(job))

    def _tick(self, job: UploadJob | None) -> None:
        now = self._clock()
        if now - self._looked >= _LOOK_AT_SWITCH:
            self._looked = now
            self._paused = upload_switch.switch(self._connection, self._bucket).paused
        if job is None:
            return
        if now - self._renewed >= _RENEW:
            self._renewed = now
            uploads.renew(self._connection, job.id, now + LEASE_SECONDS)
        if self._sent_bytes != self._told_bytes:
            self._told_bytes = self._sent_bytes
            self._settler.emit(UploadProgressed(job.key, self._told_bytes, job.size))

    def _check(self) -> bool:
        """Settle what was sent by a listing; True when something was lost and is to be sent again."""
        self._unchecked = 0
        try:
            report = check_sent(
                self._connection,
                self._bucket,
                self._store,
                _Apart(self, None),
                clock=self._clock,
                emit=self._settler.emit,
            )
        except Interrupted:
            return False
        except CloudUnreachable as error:
            self._rest_or_end(self._settler.rest_after_failure(error), error)
            return True
        except CloudRefused as error:
            self._settler.refused(error)
            return False
        except CloudError as error:
            self._settler.summary.problem = error
            return False
        self._settler.summary.checked += report.checked
        return report.lost > 0

    def _rest_or_end(self, seconds: float, error: CloudUnreachable) -> None:
        patient = self._wait or (self._settler.failures < _FAILURES and seconds <= _LONGEST_REST)
        if not patient:
            self._settler.summary.problem = error
            return
        self._rest(seconds, error.message)

    def _rest_until_due(self) -> bool:
        """Wait for another worker's lease to end, once, or (when asked to wait) for the next job; False to end."""
        due = uploads.next_due(self._connection, self._bucket)
        if due is None or upload_switch.switch(self._connection, self._bucket).paused:
            return False
        at, leased = due
        if leased and not self._waited_for_lease:
            self._waited_for_lease = True
        elif not self._wait:
            return False
        self._rest(
            min(max(at - self._clock(), 0.1), LEASE_SECONDS), "another worker holds it" if leased else "not due yet"
        )
        return True

    def _rest(self, seconds: float, reason: str) -> None:
        self._settler.emit(UploadsResting(seconds, reason))
        self._sleep(seconds)


class _Apart:
    """The run's `apart` for one job, as send_job and check_sent want it."""

    def __init__(self, run: _Run, job: UploadJob | None) -> None:
        self._run, self._job = run, job

    def __call__(self, work: Callable[[ShouldStop], T]) -> T:
        """The call's result, or its exception."""
        return self._run.apart(work, self._job)


def _stat(store: Store, key: str, _should_stop: ShouldStop) -> StoredObject | None:
    return store.stat(key)
