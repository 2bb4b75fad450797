"""The copying room for a catch-up: every file is fed from the nearest proven copy; there is no card to be read."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.away.context import CatchUp
from ingest.away.wanted import sites_of
from ingest.copying.destination import Admitted
from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult, Failure, Progress
from ingest.disk.folders import FileOpener
from ingest.errors import DestinationError
from ingest.events import Warned
from ingest.ledger.assets import add_copies
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import copies_of_asset
from ingest.ledger.runs import forget_intents, intend
from ingest.model.copies import Digest, Method
from ingest.model.lacking import At
from ingest.session.context import Emit
from ingest.session.meter import Meter, Work
from ingest.session.prepare import sweep

_TRIES = 3
_AGAIN = frozenset({Failure.MISMATCH, Failure.FLUSH, Failure.WRITE, Failure.SOURCE})
_FINAL = frozenset({Failure.FULL, Failure.GONE, Failure.READ_ONLY})
_FILES, _BYTES = 512, 512 << 20  # that wait for a destination; more are handed over when there are fewer


@dataclass(slots=True)
class _Told:
    """For whom a meter counts."""

    places: list[Admitted]
    absent: dict[str, str]
    emit: Emit


class Carrier:
    """One engine for a whole catch-up; `close` ends it and records what was finished.

    jobs: (content, job). spent: whether nothing more may be begun after so many bytes.
    """

    def __init__(
        self,
        session: CatchUp,
        work: Work,
        jobs: Iterator[tuple[int, CopyJob]],
        spent: Callable[[int], bool],
    ) -> None:
        self._session, self._jobs, self._spent = session, jobs, spent
        self.places = [p for p in session.places if p.name in session.done.places and p.name not in session.absent]
        self._tag = f"r{session.run_id}-{secrets.token_hex(16)}"
        ids = session.ids
        intend(session.ledger, session.run_id, ids, [(place.name, self._tag.encode(), b"") for place in self.places])
        self._opener = FileOpener(bytes(session.home))  # of a card that there is not
        self._engine = Engine(
            self._opener, self.places, tag=self._tag, tick=self._tick, patience=session.settings.copying.patience
        )
        self._meter = Meter(_Told(self.places, session.absent, session.emit), work)
        self._assets: dict[bytes, int] = {}
        self._files: Counter[str] = Counter()  # that each destination was handed and has not answered for
        self._bytes: Counter[str] = Counter()
        self._handed = 0
        self._failed: dict[tuple[bytes, str], str] = {}

    def run(self) -> None:
        """Bring all of it, as far as it is allowed, and what failed up to three times."""
        self._hand_over()
        for attempt in range(1, _TRIES + 1):
            failed = [job for outcomes in self._engine.outcomes() for job in self._settle(outcomes, attempt)]
            if not failed:
                break
            self._meter.again(failed)
            self._feed(failed)
        self._meter.tell()
        for (path, name), why in self._failed.items():
            self._session.emit(Warned("not caught up", f"not brought to {name}: {why}", (path,)))

    # -- handing over -------------------------------------------------------------------------------------------------
    def _hand_over(self) -> None:
        """More jobs, while a destination that goes on has few."""
        batch: list[CopyJob] = []
        while self._wants_more():
            asset_id, job = next(self._jobs, (0, None))
            if job is None:
                break
            lanes = job.lanes - self._session.absent.keys()
            if lanes:
                self._assets[job.file.path] = asset_id
                batch.append(job if lanes == job.lanes else CopyJob(job.file, job.path, lanes, job.digest, job.sources))
                self._owe(batch[-1])
        self._engine.feed(batch)

    def _wants_more(self) -> bool:
        done = self._session.done
        if done.is_stopped or self._spent(self._handed):
            done.is_stopped = True
            return False
        alive = [place.name for place in self.places if place.name not in self._session.absent]
        return any(self._files[name] < _FILES and self._bytes[name] < _BYTES for name in alive)

    def _owe(self, job: CopyJob) -> None:
        for name in job.lanes:
            self._files[name] += 1
            self._bytes[name] += job.file.size
            self._handed += job.file.size

    def _feed(self, jobs: Sequence[CopyJob]) -> None:
        for job in jobs:
            self._owe(job)
        self._engine.feed(jobs)

    # -- what came of it ----------------------------------------------------------------------------------------------
    def _settle(self, outcomes: Sequence[CopyOutcome], attempt: int) -> list[CopyJob]:
        """Record what is settled; gives what is to be tried again."""
        self._record(outcomes)
        self._meter.settled(outcomes)
        for name, (failure, detail) in self._engine.dead().items():
            self._session.leave_out(name, f"{failure.value} ({detail})")
        failed = []
        for outcome in outcomes:
            for name, result in outcome.results.items():
                self._files[name] -= 1
                self._bytes[name] -= outcome.job.file.size
                if retry := self._judge(outcome.job, name, result, last=attempt == _TRIES):
                    failed.append(retry)
        self._hand_over()
        return failed

    def _judge(self, job: CopyJob, name: str, result: CopyResult, *, last: bool) -> CopyJob | None:
        """Count one answer; gives the job once more where another try may help."""
        counts, path = self._session.done.places[name], job.file.path
        self._failed.pop((path, name), None)
        if result.failure is None:
            counts.brought += 1
            counts.unproven += result.method is Method.CACHED
            self._session.done.bytes += job.file.size
            return None
        if result.failure is Failure.SOURCE:
            self._doubt(self._assets[path], result.source)
        if result.failure in _FINAL or name in self._session.absent:
            return None
        retry = self._again(job) if result.failure in _AGAIN and not last else None
        if retry is None:
            counts.failed += 1
            counts.mismatched += result.failure is Failure.MISMATCH
            self._failed[path, name] = f"{result.failure.value} ({result.detail})"
        return retry

    def _again(self, job: CopyJob) -> CopyJob | None:
        """The job from those copies that are proven still; None where there is none."""
        copies = copies_of_asset(self._session.ledger, self._assets[job.file.path])
        sites = sites_of(self._session, [At(copy.destination, copy.path, copy.state) for copy in copies])
        return CopyJob(job.file, job.path, job.lanes, job.digest, sites) if sites else None

    def _doubt(self, asset_id: int, place: str) -> None:
        """A proven copy was read and was not as proven: it does not count any more. place: "" for one that hangs."""
        with transaction(self._session.ledger):
            for copy in copies_of_asset(self._session.ledger, asset_id):
                if copy.destination == place:
                    set_copy_state(self._session.ledger, copy.id, "suspect")

    def _record(self, outcomes: Sequence[CopyOutcome]) -> None:
        session = self._session
        copies = [
            (Digest(outcome.job.file.size, outcome.xxh128, outcome.sha1), _new_copy(session.ids[name], result))
            for outcome in outcomes
            for name, result in outcome.results.items()
            if result.failure is None
        ]
        with transaction(session.ledger):
            add_copies(session.ledger, run_id=session.run_id, boot_id=session.boot_id, copies=copies)

    def _tick(self, progress: Progress) -> None:
        self._meter.tick(replace(progress, feeding=()), self._engine.dead())  # all are, and nobody else waits

    # -- the end ------------------------------------------------------------------------------------------------------
    def close(self) -> None:
        """After Ctrl-C too: what is proven and has its name is recorded, and not copied again."""
        self._engine.close()
        for outcomes in self._engine.left():
            self._record(outcomes)
        self._opener.close()
        for name, (failure, detail) in self._engine.dead().items():
            if failure is Failure.GONE:
                self._session.hands.give_up(name, detail)

    def tidy(self) -> None:
        """Nothing is left in the staging folders, but of those that cannot be asked now."""
        sweep_tags(self._session, {place.name: [self._tag.encode()] for place in self.places})


def _new_copy(place_id: int, result: CopyResult) -> NewCopy:
    return NewCopy(
        place_id, result.path, result.inode, result.mtime_ns, result.method, result.matched, result.xxh128, result.at
    )


def sweep_tags(session: CatchUp, tags: dict[str, list[bytes]]) -> None:
    """Remove what begins so from the staging folders of those that are here."""
    for place in session.places:
        if place.name in session.absent or not tags.get(place.name):
            continue
        try:
            session.hands.ask(place.name, sweep, place, tuple(tags[place.name]), frozenset())
        except (DestinationError, OSError) as error:
            session.leave_out(place.name, error)
            continue
        with transaction(session.ledger):
            forget_intents(session.ledger, session.ids[place.name], tags[place.name])
