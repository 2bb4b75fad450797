"""When a run of the queue waits, and for what: weather, a job that is not due, another worker's lease, its hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.cloud.errors import CloudUnreachable
from ingest.cloud.events import UploadsResting
from ingest.cloud.flights import Flight, wait_for_one
from ingest.cloud.permission import Permission
from ingest.cloud.settling import Settler
from ingest.ledger import uploads

LEASE_SECONDS = 60.0
LOOK = 0.1
_FAILURES = 3  # of the network in a row, after which a run that does not wait ends
_LONGEST_REST = 60.0  # that such a run accepts
_LOOK_AT_LEASE = 2.0  # of another worker
_LOOK_AT_CLOCK = 15.0  # while it waits for its hours: they may be changed meanwhile


@dataclass
class Rests:
    """The waiting of one run, in its own thread. wait: go on until the queue is empty, whatever comes between.

    flights: what is on its way now. tick: what must not wait meanwhile. is_over: whether a wait is to end early.
    """

    settler: Settler
    flights: Mapping[int, Flight]
    permission: Permission
    wait: bool
    sleep: Callable[[float], object]
    tick: Callable[[], object]
    is_over: Callable[[], bool]
    _until: float | None = None
    _waited_for_lease: bool = False

    def or_end(self, seconds: float, error: CloudUnreachable) -> None:
        """Wait for better weather, or end the run where nobody asked for so much patience."""
        patient = self.wait or (self.settler.failures < _FAILURES and seconds <= _LONGEST_REST)
        if not patient:
            self.settler.summary.problem = error
            return
        self._rest(seconds, error.message)

    def until_due(self) -> bool:
        """Wait for another worker's lease to end, once, or (when asked to wait) for the next job; False to end."""
        due = self._next_due()
        if due is None or self.permission.is_paused():
            return False
        at, leased = due
        if leased and not self._waited_for_lease:
            self._waited_for_lease = True
        elif not self.wait:
            return False
        seconds = min(max(at - self.settler.clock(), 0.1), LEASE_SECONDS)
        if leased:
            self._beside_another(due, seconds)
        else:
            self._rest(seconds, "not due yet")
        return True

    def until_open(self) -> bool:
        """Wait for the hours of the queue, when asked to wait; False to end. They may be changed meanwhile."""
        hours, clock = self.permission.hours, self.settler.clock
        self.settler.summary.closed = hours.reason
        at = hours.changes_at
        if not self.wait or at is None or self._next_due() is None:
            return False
        self.settler.emit(UploadsResting(max(0.0, at - clock()), hours.reason))
        while not self.is_over() and not self.permission.hours.allowed and (left := at - clock()) > 0:
            self.sleep(min(left, _LOOK_AT_CLOCK))
            self.tick()
        self.settler.summary.closed = ""
        self.permission.look_soon()
        return True

    def lasts(self) -> bool:
        """Whether a rest that began beside running uploads still lasts; without them it is slept through here."""
        if self._until is None:
            return False
        left = self._until - self.settler.clock()
        if left > 0 and self.flights:
            wait_for_one(self.flights.values(), LOOK)
            return True
        self._until = None
        if left > 0:
            self.sleep(left)
        return True

    def _beside_another(self, due: tuple[float, bool], seconds: float) -> None:
        """Until the other worker's lease is over, or it has renewed it or is done with the job."""
        self.settler.emit(UploadsResting(seconds, "another worker holds it"))
        until = self.settler.clock() + seconds
        while not self.is_over() and (left := until - self.settler.clock()) > 0:
            self.sleep(min(left, _LOOK_AT_LEASE))
            self.tick()
            if self._next_due() != due:
                break

    def _rest(self, seconds: float, reason: str) -> None:
        """Nothing new begins for so long. What is on its way goes on: its line may be another one, or well again."""
        self.settler.emit(UploadsResting(seconds, reason))
        if self.flights:
            self._until = max(self._until or 0.0, self.settler.clock() + seconds)
        else:
            self.sleep(seconds)

    def _next_due(self) -> tuple[float, bool] | None:
        return uploads.next_due(self.settler.connection, self.settler.bucket)
