"""What the end of one job means: for its row in the ledger, and for the queue as a whole."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.cloud.backoff import next_try
from ingest.cloud.checking import DOUBT, CheckReport
from ingest.cloud.errors import (
    CloudError,
    CloudRefused,
    CloudUnreachable,
    Interrupted,
    ObjectRefused,
    SlowDown,
    SourceGone,
)
from ingest.cloud.events import UploadNeedsYou, UploadPostponed, UploadSent
from ingest.cloud.store import StoredObject
from ingest.events import Event
from ingest.ledger import upload_switch, uploads
from ingest.model.uploads import UploadJob

_TRIES = 3
_BETWEEN_TRIES = 3600.0
_DRIVE_AWAY = 600.0
_LEAST_SLOW_DOWN = 5.0  # the service often limits without saying for how long


@dataclass(slots=True)
class RunSummary:
    """What one run did. sent counts already_there too; waiting and needs_you: left in the queue at the end.

    vanished, hidden, replaced: found so in the bucket; what vanished is queued again, and may have been sent since.
    closed: it ended outside of its hours, and when it may send again. problem: why it ended early; to be raised by
    whoever wants an exit code. reasons: why single files still wait.
    """

    sent: int = 0
    already_there: int = 0
    bytes_sent: int = 0
    duplicates: int = 0
    checked: int = 0
    vanished: int = 0
    hidden: int = 0
    replaced: int = 0
    waiting: int = 0
    needs_you: int = 0
    paused: bool = False
    interrupted: bool = False
    closed: str = ""
    problem: CloudError | None = None
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def is_through(self) -> bool:
        """Nothing kept it from sending what was due."""
        return self.problem is None and not (self.paused or self.interrupted or self.closed)


@dataclass
class Settler:
    """Writes the end of each job down. failures: of the network, in a row, whichever job met them."""

    connection: sqlite3.Connection
    bucket: str
    emit: Callable[[Event], object]
    clock: Callable[[], float]
    jitter: Callable[[], float]
    summary: RunSummary = field(default_factory=RunSummary)
    failures: int = 0

    def sent(self, job: UploadJob, stored: StoredObject) -> None:
        """The store agreed on size and SHA-1."""
        doubt = "" if stored.verified else DOUBT
        uploads.finish_sent(self.connection, job.id, file_id=stored.file_id, at=self.clock(), doubt=doubt)
        self.failures = 0
        self.summary.sent += 1
        self.summary.already_there += int(stored.already_there)
        self.summary.bytes_sent += 0 if stored.already_there else job.size
        self.summary.duplicates += stored.versions - 1
        self.emit(UploadSent(stored.key, job.size, stored.already_there, stored.versions))

    def checked(self, report: CheckReport) -> bool:
        """Count what a look at the bucket found; True when something is to be sent again."""
        self.summary.checked += report.checked
        self.summary.vanished += report.vanished
        self.summary.hidden += report.hidden
        self.summary.replaced += report.replaced
        return report.queued > 0

    def failed(self, job: UploadJob, error: CloudError) -> float:
        """The job's next state by the kind of error; gives the seconds that the whole queue should rest, 0 for none."""
        if isinstance(error, Interrupted):
            self.release(job)
        elif isinstance(error, CloudUnreachable):
            return self._weather(job, error)
        elif isinstance(error, CloudRefused):
            self.release(job)
            self.refused(error)
        elif isinstance(error, SourceGone):
            self._postpone(job, _DRIVE_AWAY, error.message, counted=False)
        elif isinstance(error, ObjectRefused) or job.attempts + 1 >= _TRIES:
            self._needs_you(job, error)
        else:
            self._postpone(job, _BETWEEN_TRIES * (job.attempts + 1), error.message, counted=True)
        return 0.0

    def same_storm(self, job: UploadJob, error: CloudError) -> float:
        """It failed by what another one failed by beside it, which is counted; gives what the service asked for."""
        uploads.postpone(self.connection, job.id, next_try=0.0, error=error.message, counted=False)
        return error.seconds if isinstance(error, SlowDown) else 0.0

    def release(self, job: UploadJob) -> None:
        """Back to where it was; it is due at once."""
        uploads.postpone(self.connection, job.id, next_try=0.0, error=job.last_error, counted=False)

    def refused(self, error: CloudError) -> None:
        """The owner must act: the queue stops, with what to do."""
        sentence = f"{error.message}. {error.hint}" if error.hint else error.message
        upload_switch.stopped(self.connection, self.bucket, sentence, self.clock())
        self.summary.problem = error

    def rest_after_failure(self, error: CloudUnreachable) -> float:
        """Count a failure of the network; gives the seconds to rest: longer each time, at least what was asked for."""
        self.failures += 1
        now = self.clock()
        seconds = next_try(self.failures, now, self.jitter()) - now
        return max(seconds, error.seconds, _LEAST_SLOW_DOWN) if isinstance(error, SlowDown) else seconds

    def _weather(self, job: UploadJob, error: CloudUnreachable) -> float:
        """Due at once: it is the queue that rests, and the job goes first when it goes on."""
        uploads.postpone(self.connection, job.id, next_try=0.0, error=error.message, counted=False)
        return self.rest_after_failure(error)

    def _postpone(self, job: UploadJob, seconds: float, reason: str, *, counted: bool) -> None:
        uploads.postpone(self.connection, job.id, next_try=self.clock() + seconds, error=reason, counted=counted)
        self.summary.reasons[reason] += 1
        self.emit(UploadPostponed(job.key, reason))

    def _needs_you(self, job: UploadJob, error: CloudError) -> None:
        reason = f"{error.message}. {error.hint}" if error.hint else error.message
        uploads.needs_you(self.connection, job.id, reason)
        self.emit(UploadNeedsYou(job.key, reason))
