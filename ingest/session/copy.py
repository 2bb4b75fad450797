"""Run the copying room for a plan, write the ledger after every batch, and try failed files again from the card."""

import secrets
import time
from collections.abc import Container, Sequence
from typing import TypeVar

from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult, Failure, Progress
from ingest.errors import CardGone
from ingest.events import Progressed
from ingest.ledger.assets import NewCopy, NewFile, Upload, add_copies, asset_id_of, record, set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import copies_of_asset
from ingest.ledger.runs import forget_intents, intend
from ingest.model.copies import Digest, Method, SourceRead
from ingest.session.context import Facts, Session

TRIES = 3
T = TypeVar("T")
_AGAIN = frozenset({Failure.MISMATCH, Failure.FLUSH, Failure.WRITE, Failure.SOURCE})


def copy_all(session: Session, jobs: Sequence[CopyJob]) -> None:
    """Copy, prove, publish and record every job; what failed is in `session.troubles` afterwards.

    Raises:
        CardGone: the card was removed; what had arrived is recorded.
    """
    meter = _Meter(session)
    tag = f"r{session.run_id}-{secrets.token_hex(16)}"
    intend(session.ledger, session.run_id, session.place_ids, [(p.name, tag.encode(), b"") for p in session.places])
    engine = Engine(
        session.opener, session.places, tag=tag, tick=meter.tick, patience=session.settings.copying.patience
    )
    try:
        pending = list(jobs)
        for attempt in range(1, TRIES + 1):
            pending = _one_pass(session, engine, pending, last=attempt == TRIES)
            if not pending:
                return
    finally:
        engine.close()
        for outcomes in engine.left():  # after Ctrl-C: what is proven and has its name is not copied again
            _record(session, outcomes)
        for name, (failure, detail) in engine.dead().items():
            session.absent.setdefault(name, f"{failure.value} ({detail})")
        _forget_staging(session, tag.encode(), engine.dead())


def _forget_staging(session: Session, tag: bytes, dead: Container[str]) -> None:
    """Nothing is left in the staging folders, but of those that could not tidy up."""
    with transaction(session.ledger):
        for name, key in session.place_ids.items():
            if name not in dead:
                forget_intents(session.ledger, key, [tag])


def _one_pass(session: Session, engine: Engine, jobs: Sequence[CopyJob], *, last: bool) -> list[CopyJob]:
    again: list[CopyJob] = []
    try:
        for outcomes in engine.copy(jobs):
            _record(session, outcomes)
            for outcome in outcomes:
                retry = _note(session, outcome, last=last, dead=frozenset(engine.dead()))
                if retry:
                    again.append(retry)
    except CardGone:
        session.troubles.card_gone = True
        raise
    return again


def _record(session: Session, outcomes: Sequence[CopyOutcome]) -> None:
    facts = session.facts
    files = [new for outcome in outcomes if (new := _new_file(session, outcome, facts))]
    upload = Upload(session.bucket, dict(facts.keys)) if session.bucket else None
    with transaction(session.ledger):
        record(
            session.ledger,
            run_id=session.run_id,
            card_id=session.card_id,
            boot_id=session.boot_id,
            files=files,
            upload=upload,
            now=time.time(),
        )
        add_copies(
            session.ledger,
            run_id=session.run_id,
            boot_id=session.boot_id,
            copies=[
                (_digest(outcome), copy) for outcome in outcomes if outcome.is_fed for copy in _copies(session, outcome)
            ],
        )
    session.new |= {new.file.path for new in files}


def _new_file(session: Session, outcome: CopyOutcome, facts: Facts) -> NewFile | None:
    """None for a file without a proven read: there is no SHA-1, so no Asset, so nothing to claim."""
    if outcome.problem or outcome.changed or outcome.is_fed or not outcome.sha1:
        return None
    path, file = outcome.job.file.path, outcome.job.file
    return NewFile(
        file,
        _digest(outcome),
        outcome.head,
        SourceRead(1, outcome.xxh128, Method.CACHED, outcome.read_at),
        tuple(_copies(session, outcome)),
        facts.captures.get(path),
        facts.shoots.get(path),
        outcome.job.path or b"",
        facts.objects.get(path, ""),
    )


def _digest(outcome: CopyOutcome) -> Digest:
    return Digest(outcome.job.file.size, outcome.xxh128, outcome.sha1)


def _copies(session: Session, outcome: CopyOutcome) -> list[NewCopy]:
    return [
        NewCopy(
            session.place_ids[name],
            result.path,
            result.inode,
            result.mtime_ns,
            result.method,
            result.matched,
            result.xxh128,
            result.at,
        )
        for name, result in sorted(outcome.results.items())
        if result.failure is None
    ]


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
        asset_id = asset_id_of(session.ledger, _digest(outcome))
        for copy in copies_of_asset(session.ledger, asset_id) if asset_id is not None else ():
            if copy.destination == place:
                set_copy_state(session.ledger, copy.id, "suspect")
    session.troubles.failed_at.setdefault(outcome.job.file.path, {})[place] = "its copy is no longer as it was proven"


class _Meter:
    """Turns the engine's counters into events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tick(self, progress: Progress) -> None:
        """Progress of the whole copying stage."""
        self._session.emit(Progressed(progress.read, progress.copied, progress.proven))
