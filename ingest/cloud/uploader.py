"""The worker of the upload queue: leases jobs, sends them, settles them in the ledger, and knows when to stop.

Several are under way at once, each in a thread; the ledger is used by one thread alone, the caller's. What cannot heal
by itself stops the queue at once with one sentence; weather makes it wait, without end only when a person asked for
that; a job's own failures are tried three times, hours apart. Nothing here deletes anything anywhere.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from ingest.cloud.apart import run_apart
from ingest.cloud.checking import AGAIN, Checker
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, Interrupted, NameTaken, ObjectRefused
from ingest.cloud.events import UploadProgressed
from ingest.cloud.flights import Flight, Letters, call_back, wait_for_one
from ingest.cloud.line import Line
from ingest.cloud.permission import LOOK_EVERY, Permission, Rules, always
from ingest.cloud.rests import LEASE_SECONDS, LOOK, Rests
from ingest.cloud.sending import OnSuspect, send_job
from ingest.cloud.settling import RunSummary, Settler
from ingest.cloud.store import ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.ledger import upload_counts, upload_switch, uploads
from ingest.ledger.upload_owner import owner_tag
from ingest.model.uploads import UploadJob, beside

_RENEW = 15.0
_CHECK_AFTER = 100  # files sent
_LOOK_AGAIN = 86400.0  # a worker may run for weeks
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
    line: Line | None = None,
    rules: Rules | None = None,
) -> RunSummary:
    """Send and check what is due. roots: destination name -> absolute root, for those that are there now.

    on_suspect: told of copies whose bytes changed; by default they become suspect in the ledger. sleep: by default
    `stop.wait`. wait: go on until the queue is empty, whatever the weather; without it a run ends with
    CloudUnreachable in the summary's `problem` after three failures in a row. CloudRefused ends every run.

    line: the one that the store sends on; so many files are under way as it has connections, begun by priority. rules:
    outside of its hours nothing begins, and what is on its way ends with its file or part.

    Everything is called in the caller's thread; only the store's own calls run in others.
    """
    suspect = on_suspect or (lambda asset_id, place, path: uploads.suspect_source(connection, asset_id, place, path))
    settler = Settler(connection, bucket, on_event, clock, jitter)
    if not upload_switch.switch(connection, bucket).paused:  # why a queue is held is kept until a person lets it go on
        upload_switch.stopped(connection, bucket, "", clock())
    uploads.due_now(connection, bucket)
    _Run(store, roots, settler, stop, suspect, sleep or stop.wait, wait, line or Line(), rules or always).go()
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
        line: Line,
        rules: Rules,
    ) -> None:
        self._store, self._roots, self._settler = store, roots, settler
        self._connection, self._bucket, self._clock = settler.connection, settler.bucket, settler.clock
        self._stop, self._on_suspect, self._line = stop, on_suspect, line
        self._permission = Permission(self._connection, self._bucket, rules, line)
        self._nothing_until = 0.0
        self._looked_again = float("-inf")
        self._unchecked = self._storm = 0
        self._flights: dict[int, Flight] = {}
        self._rests = Rests(settler, self._flights, self._permission, wait, sleep, self._tick, self._over)
        self._letters, self._owner = Letters(), owner_tag(settler.connection)

    def go(self) -> None:
        """Until nothing is due, a person stops it, or it must end."""
        try:
            while not self._over():
                self._tick()
                self._collect()
                if self._over() or self._rests.lasts() or self._start():
                    continue
                if self._flights:
                    wait_for_one(self._flights.values(), LOOK)
                elif not self._permission.hours.allowed:
                    if not self._rests.until_open():
                        break
                elif not self._check(again=True) and (self._over() or not self._rests.until_due()):
                    break
            call_back(self._flights.values())
            self._collect()
        finally:  # also when the caller's own code raised
            for flight in self._flights.values():
                flight.left.set()
                uploads.give_back(self._connection, flight.job.id, flight.lease)

    def _over(self) -> bool:
        return self._should_stop() or self._settler.summary.problem is not None

    def _should_stop(self) -> bool:
        return self._stop.is_set() or self._permission.paused

    def _start(self) -> bool:
        """Begin as many jobs as the line has connections; True when there was one."""
        began = False
        while self._permission.hours.allowed and len(self._flights) < self._line.connections and not self._over():
            now = self._clock()
            if self._flights and now < self._nothing_until:
                break
            job = uploads.lease_next(self._connection, self._bucket, now, LEASE_SECONDS)
            if job is None:
                self._nothing_until = now + LOOK_EVERY
                break
            self._flights[job.id] = Flight(job, self._send, self._storm, now, now + LEASE_SECONDS)
            began = True
        return began

    def _send(self, flight: Flight) -> StoredObject:
        """In the flight's thread: what concerns the ledger and the faces goes by letter."""
        post = self._letters.post
        return send_job(
            flight.job,
            self._store,
            self._roots,
            flight,
            on_bytes=flight.count,
            emit=lambda event: post(lambda: self._settler.emit(event)),
            on_suspect=lambda *copy: post(lambda: self._on_suspect(*copy)),
            owner=self._owner,
        )

    def _collect(self) -> None:
        """Settle what has ended; now and then compare the bucket's listing with it."""
        ended = [flight for flight in self._flights.values() if flight.future.done()]
        self._letters.read()  # behind that look: all that an ended one had to say is among them
        for flight in ended:
            del self._flights[flight.job.id]
            try:
                self._settle(flight)
            except BaseException:  # also of the caller's own code, which tells it
                uploads.give_back(self._connection, flight.job.id, flight.lease)
                raise
        if self._unchecked >= _CHECK_AFTER and not self._over():
            self._check()

    def _settle(self, flight: Flight) -> None:
        try:
            try:
                stored = flight.future.result()
            except NameTaken:
                self._rename(flight.job)
            else:
                self._settler.sent(flight.job, stored)
                self._unchecked += 1
        except CloudError as error:
            if flight.lost:
                return
            first = not isinstance(error, CloudUnreachable) or flight.storm == self._storm
            seconds = self._settler.failed(flight.job, error) if first else self._settler.same_storm(flight.job, error)
            if seconds and isinstance(error, CloudUnreachable):
                self._storm += int(first)
                self._rests.or_end(seconds, error)

    def _rename(self, job: UploadJob) -> None:
        """A free name beside the taken one, or one under which our content lies already; the job is due at once."""
        for nth in range(2, _NAMES):
            key = beside(job.key, nth)
            found = self._apart(partial(_stat, self._store, key))
            ours = found is None or (found.size, found.sha1) == (job.size, job.sha1)
            if ours and uploads.rename(self._connection, job.id, self._bucket, key):
                self._settler.release(job)
                return
        raise ObjectRefused("other contents have this name in the bucket, and a hundred names beside it", path=job.key)

    def _apart(self, work: Callable[[ShouldStop], T]) -> T:
        """A call of the store in another thread, while leases are renewed, the switch is looked at and bars move."""
        return run_apart(work, self._should_stop, self._tick)

    def _tick(self) -> None:
        self._letters.read()
        now = self._clock()
        self._permission.look(now)
        for flight in self._flights.values():
            if now - flight.renewed >= _RENEW:
                flight.renewed, before, flight.lease = now, flight.lease, now + LEASE_SECONDS
                if not uploads.renew(self._connection, flight.job.id, flight.lease, before):
                    flight.lost = True  # this computer slept, and another worker has it now
                    flight.left.set()
            if flight.sent != flight.told:
                flight.told = flight.sent
                self._settler.emit(UploadProgressed(flight.job.key, flight.told, flight.job.size))

    def _check(self, *, again: bool = False) -> bool:
        """Settle what was sent by a listing; True when something was lost and is to be sent again.

        again: look also at what was checked a month ago and longer.
        """
        self._unchecked = 0
        checker = Checker(self._connection, self._bucket, self._store, self._apart, self._clock, self._settler.emit)
        try:
            queued = self._settler.checked(checker.sent())
            if again and self._clock() - self._looked_again >= _LOOK_AGAIN:
                queued |= self._settler.checked(checker.out_of_sight())
                queued |= self._settler.checked(checker.again(self._clock() - AGAIN))
                self._looked_again = self._clock()
        except Interrupted:
            return False
        except CloudUnreachable as error:
            self._rests.or_end(self._settler.rest_after_failure(error), error)
            return True
        except CloudRefused as error:
            self._settler.refused(error)
            return False
        except CloudError as error:
            self._settler.summary.problem = error
            return False
        return queued


def _stat(store: Store, key: str, _should_stop: ShouldStop) -> StoredObject | None:
    return store.stat(key)
