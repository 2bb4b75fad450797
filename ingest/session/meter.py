"""Turns the counters of the copying room into events: what may truly be said of them, at most ten times a second."""

import time
from collections.abc import Collection, Sequence
from typing import Protocol

from ingest.copying.destination import Admitted
from ingest.copying.jobs import CopyJob, CopyOutcome, Progress
from ingest.events import Phase, Progressed
from ingest.progress import Amount, Count, Standing, Tracker
from ingest.session.context import Emit

_EVERY = 0.1  # seconds


class Session(Protocol):
    """Of any session: the destinations that were admitted, those that take no copies, who is told."""

    places: list[Admitted]
    absent: dict[str, str]

    @property
    def emit(self) -> Emit:
        """Tells an event."""


class Work:
    """Jobs, added up."""

    def __init__(self) -> None:
        self.files = self.bytes = 0
        self._at: dict[str, list[int]] = {}

    def add(self, job: CopyJob) -> None:
        """One more."""
        size = job.file.size
        self.files += 1
        self.bytes += size
        for name in job.lanes:
            at = self._at.setdefault(name, [0, 0])
            at[0] += size
            at[1] += 1

    def at(self, name: str) -> Amount:
        """What of it belongs to a destination."""
        return Amount(*self._at.get(name, (0, 0)))


class Meter:
    """Follows the copying of this work, each file at each of its lanes; says at once that it begins."""

    def __init__(self, session: Session, work: Work) -> None:
        self._session = session
        places = [place.place for place in session.places if place.name not in session.absent]
        totals = {place.name: work.at(place.name) for place in places}
        limits = {place.name: place.limit for place in places if place.limit}
        self._tracker = Tracker(totals, limits)
        self._total = work.bytes
        self._last = Progress(0, {}, {}, {})
        self._stopped: Collection[str] = ()
        self._next = 0.0
        session.emit(
            Phase(
                "copying",
                self._total,
                {name: total.bytes for name, total in totals.items()},
                work.files,
                {name: total.files for name, total in totals.items()},
                limits,
            )
        )

    def tick(self, progress: Progress, stopped: Collection[str]) -> None:
        """The counters now. stopped: destinations that take no more."""
        self._last, self._stopped = progress, stopped
        if time.monotonic() >= self._next:
            self.tell()

    def settled(self, outcomes: Sequence[CopyOutcome]) -> None:
        """Files have come to their end, in this pass."""
        for outcome in outcomes:
            amount = Amount(outcome.job.file.size, 1)
            if outcome.problem or outcome.changed:
                for name in outcome.job.lanes:
                    self._tracker.settled(name, bad=amount)
                continue
            for name, result in outcome.results.items():
                if result.failure is None:
                    self._tracker.settled(name, good=amount)
                else:
                    self._tracker.settled(name, bad=amount)

    def again(self, jobs: Sequence[CopyJob]) -> None:
        """These failed and are copied anew; nothing else is on its way."""
        self._update(time.monotonic())
        work = Work()
        for job in jobs:
            work.add(job)
        for name in {name for job in jobs for name in job.lanes}:
            self._tracker.again(name, work.at(name))

    def tell(self) -> None:
        """Say how far it is now, as at the end of the stage."""
        now = time.monotonic()
        self._next = now + _EVERY
        standing = self._update(now)
        self._session.emit(self._event(standing))

    def _update(self, now: float) -> Standing:
        last = self._last
        counts = {
            name: Count(copied, last.proven[name], last.files.get(name, 0)) for name, copied in last.copied.items()
        }
        return self._tracker.update(now, counts, self._stopped)

    def _event(self, standing: Standing) -> Progressed:
        lanes = standing.lanes.items()
        return Progressed(
            min(self._last.read, self._total),  # what is read a second time is no more of the card
            {name: lane.copied for name, lane in lanes},
            {name: lane.proven for name, lane in lanes},
            {name: lane.files for name, lane in lanes},
            self._last.feeding,
            tuple(name for name, lane in lanes if lane.is_stopped),
            tuple(name for name, lane in lanes if lane.is_done),
            {name: round(lane.rate) for name, lane in lanes if lane.rate is not None},
            {name: round(lane.left, 1) for name, lane in lanes if lane.left is not None},
            {name: round(lane.quiet, 1) for name, lane in lanes if lane.quiet},
            None if standing.left is None else round(standing.left, 1),
            standing.percent,
        )
