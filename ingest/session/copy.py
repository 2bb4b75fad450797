"""Run the copying room for a session: write the ledger after every batch, and try failed files again from the card."""

import secrets
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult, Failure, Progress
from ingest.disk.memory import give_back
from ingest.errors import CardGone, DestinationError
from ingest.ledger.assets import asset_id_of
from ingest.ledger.copies import set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import copies_of_asset
from ingest.ledger.runs import forget_intents, intend
from ingest.session.context import Session
from ingest.session.meter import Meter, Work
from ingest.session.partial import kept_temporaries, note_chunk
from ingest.session.prepare import sweep
from ingest.session.record import digest_of, record_outcomes

TRIES = 3
T = TypeVar("T")
_AGAIN = frozenset({Failure.MISMATCH, Failure.FLUSH, Failure.WRITE, Failure.SOURCE})


OnRecorded = Callable[[Sequence[CopyOutcome]], None]


def copy_all(session: Session, jobs: Sequence[CopyJob], recorded: OnRecorded) -> None:
    """Copy, prove, publish and record every job; what failed is in `session.troubles` afterwards.

    Raises:
        CardGone: the card was removed; what had arrived is recorded.
    """
    with copying(session, recorded) as copier:
        copier.start(jobs)
        copier.finish(jobs)


@contextmanager
def copying(session: Session, recorded: OnRecorded, when_read: Callable[[], None] = lambda: None) -> "Iterator[Copier]":
    """The copying room at work; at the end nothing of it runs any more, and what it had finished is recorded.

    recorded: gets the outcomes that are in the ledger. when_read: called once, as soon as the card is free for another
    reader.
    """
    tag = f"r{session.run_id}-{secrets.token_hex(16)}"
    intend(session.ledger, session.run_id, session.place_ids, [(p.name, tag.encode(), b"") for p in session.places])
    copier = Copier(session, tag, recorded, when_read)
    has_ended = False
    try:
        yield copier
        has_ended = True
    finally:
        copier.close()
        if has_ended:  # else the next session looks whether all was tidied up
            _forget_staging(session, tag.encode(), copier.engine.dead())


class Copier:
    """One engine for all tries of a session. `start` may come before the plan; `finish` needs the names."""

    def __init__(self, session: Session, tag: str, recorded: OnRecorded, when_read: Callable[[], None]) -> None:
        self._session = session
        self._recorded = recorded
        self._when_read = when_read
        self._later: Container[bytes] = ()
        self._is_read = False
        self._has_more = True  # to read for the first time
        self._meter: Meter | None = None
        crew, session.crew = session.crew, None
        self.engine = Engine(
            session.opener,
            [place for place in session.places if place.name not in session.absent],
            tag=tag,
            tick=self._tick,
            on_chunk=note_chunk(session),
            patience=session.settings.copying.patience,
            crew=crew,
        )

    def start(self, jobs: Iterable[CopyJob], later: Container[bytes] = ()) -> None:
        """Read, write and prove; nothing gets its name yet. later: card paths of which `finish` will bring the jobs."""
        self._later = later
        self.engine.start(jobs)

    def finish(self, jobs: Iterable[CopyJob]) -> None:
        """All jobs of the plan, with their names: those that were started, and what else there is to do.

        Raises:
            CardGone: as `copy_all`.
        """
        engine, names, more, work = self.engine, dict[bytes, bytes](), list[CopyJob](), Work()
        for job in jobs:  # those of a large card are not held together
            work.add(job)
            if job.path is not None:
                names[job.file.path] = job.path
            if job.file.path in self._later:
                more.append(job)
        give_back()
        self._meter = Meter(self._session, work)
        engine.name(names)
        engine.feed([job for job in more if job.sources])
        from_card = [job for job in more if not job.sources]
        self._has_more = bool(from_card)
        try:
            again = self._take(engine.outcomes(), self._meter, last=False)
            self._has_more = False
            again += self._take(engine.copy(from_card), self._meter, last=False) if from_card else []
            for attempt in range(2, TRIES + 1):
                if not again:
                    break
                self._meter.again(again)
                self._session.read_late |= {job.file.path for job in again}
                again = self._take(engine.copy(again), self._meter, last=attempt == TRIES)
        except CardGone:
            self._session.troubles.card_gone = True
            raise
        self._meter.tell()

    def _take(self, settled: Iterable[list[CopyOutcome]], meter: Meter, *, last: bool) -> list[CopyJob]:
        """Record what is settled; gives what is to be tried again."""
        again: list[CopyJob] = []
        for outcomes in settled:
            record_outcomes(self._session, outcomes)
            self._recorded(outcomes)
            meter.settled(outcomes)
            for outcome in outcomes:
                retry = _note(self._session, outcome, last=last, dead=frozenset(self.engine.dead()))
                if retry:
                    again.append(retry)
        return again

    def _tick(self, progress: Progress) -> None:
        if self.engine.has_read_all and not self._has_more and not self._is_read:
            self._is_read = True
            self._when_read()
        if self._meter:
            self._meter.tick(progress, self.engine.dead())

    def close(self) -> None:
        """After Ctrl-C too: what is proven and has its name is recorded, and not copied again."""
        self.engine.close()
        for outcomes in self.engine.left():
            record_outcomes(self._session, outcomes)
        for name, (failure, detail) in self.engine.dead().items():
            self._session.absent.setdefault(name, f"{failure.value} ({detail})")
            if failure is Failure.GONE:
                self._session.hands.give_up(name, detail)


def _forget_staging(session: Session, tag: bytes, dead: Container[str]) -> None:
    """Nothing is left in the staging folders, but of those that cannot be asked now, and beginnings of large files."""
    for place in session.places:
        kept = kept_temporaries(session, place.name)
        if place.name in dead:
            continue
        try:  # a worker that found another folder at the root's path let go of everything as it was
            session.hands.ask(place.name, sweep, place, (tag,), frozenset(kept))
        except (DestinationError, OSError):
            continue
        if not any(name.startswith(tag) for name in kept):
            with transaction(session.ledger):
                forget_intents(session.ledger, session.place_ids[place.name], [tag])


def _note(session: Session, outcome: CopyOutcome, *, last: bool, dead: frozenset[str]) -> CopyJob | None:
    """Tell the troubles; give the job that is worth another try from the card."""
    path, troubles = outcome.job.file.path, session.troubles
    if outcome.problem or outcome.changed:
        if last:
            if outcome.problem:
                troubles.unreadable[path] = outcome.problem
            else:
                troubles.changed.add(path)
        return outcome.job
    _forgive(troubles.failed_at, path, outcome.job.lanes)
    _forgive(troubles.mismatched, path, outcome.job.lanes)
    again = set()
    for name, result in outcome.results.items():
        if result.failure is None:
            continue
        _tell(session, path, name, result)
        if result.source:
            _doubt(session, outcome, result.source)
        if result.failure in _AGAIN and name not in dead:
            again.add(name)
    return CopyJob(outcome.job.file, outcome.job.path, frozenset(again)) if again else None


def _forgive(told: dict[bytes, dict[str, T]], path: bytes, lanes: Container[str]) -> None:
    """What was told of these destinations is past; of the others it still holds."""
    left = {name: what for name, what in told.pop(path, {}).items() if name not in lanes}
    if left:
        told[path] = left


def _tell(session: Session, path: bytes, name: str, result: CopyResult) -> None:
    words = result.failure.value if result.failure else ""
    session.troubles.failed_at.setdefault(path, {})[name] = f"{words} ({result.detail})" if result.detail else words
    if result.failure is Failure.MISMATCH:
        session.troubles.mismatched.setdefault(path, {})[name] = result.xxh128


def _doubt(session: Session, outcome: CopyOutcome, place: str) -> None:
    """A proven copy was read for another destination and was not as proven: it does not count any more."""
    with transaction(session.ledger):
        asset_id = asset_id_of(session.ledger, digest_of(outcome))
        for copy in copies_of_asset(session.ledger, asset_id) if asset_id is not None else ():
            if copy.destination == place:
                set_copy_state(session.ledger, copy.id, "suspect")
    session.troubles.failed_at.setdefault(outcome.job.file.path, {})[place] = "its copy is no longer as it was proven"
