"""Bring what a destination missed: it was away at an ingest, or is new. The copies are made as those of an ingest are.

Any moment may be the last: what is proven and has its name is in the ledger, and the same command goes on from there.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.away.carry import Carrier, sweep_tags
from ingest.away.context import CatchUp, CaughtUp
from ingest.away.wanted import count, jobs, survey
from ingest.config import Settings
from ingest.errors import DestinationError, SafelightError, SyncBusy
from ingest.events import Phase, Warned
from ingest.ledger.db import transaction
from ingest.ledger.lacking import shoots_lacking, unfinished
from ingest.ledger.places import destination_ids
from ingest.ledger.runs import CATCH_UP, end_run, leftovers_of, open_run
from ingest.ledger.shoots import ShootRow, all_shoots
from ingest.model.names import join
from ingest.model.places import Destination
from ingest.plan.rounds import Budget
from ingest.session.context import Emit
from ingest.session.finish import write_manifest
from ingest.session.hands import Hands
from ingest.session.prepare import admit_all, boot_id, refuse_indistinct

_SPARE = 20  # the part of a destination that stays free for the next card: a twentieth


def catch_up(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    shoots: Sequence[ShootRow],
    targets: Sequence[Destination],
    emit: Emit,
    *,
    budget: Budget,
    working: dict[str, float],
    dry_run: bool = False,
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.monotonic,
) -> CaughtUp:
    """Bring what these destinations lack of these shoots, the newest first, from the nearest proven copies.

    working: as `working_since` gives it; {} where everything is asked for. dry_run: only count; nobody is asked.

    Raises:
        DestinationError: no destination is here, or one lies within another.
        SyncBusy: another catch-up of this home is under way.
    """
    names = tuple(place.name for place in targets)
    with contextlib.nullcontext() if dry_run else _alone(home), Hands(settings.copying.patience) as hands:
        session = CatchUp(home, settings, ledger, emit, hands, clock, CaughtUp(dry_run=dry_run), names, working)
        lacking = count(session, _candidates(session, shoots))
        if not dry_run and (lacking or unfinished(ledger, 1 << 62)):
            _bring(session, lacking, budget, timer)
        return session.done


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "catch-up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        hint = "Wait until it is done; then run the same command"
        raise SyncBusy("Another catch-up is under way", hint=hint) from error
    try:
        yield
    finally:
        lock.release()


def _candidates(session: CatchUp, shoots: Sequence[ShootRow]) -> list[ShootRow]:
    """Those of the shoots that hold something which a target lacks."""
    found = set[int]()
    for name in session.targets:
        found |= shoots_lacking(session.ledger, name, is_working=name in session.working)
    return [shoot for shoot in shoots if shoot.id in found]


def _bring(session: CatchUp, shoots: Sequence[ShootRow], budget: Budget, timer: Callable[[], float]) -> None:
    began = timer()
    _admit(session)
    with transaction(session.ledger):
        session.boot_id = boot_id()
        session.run_id = open_run(session.ledger, None, session.clock(), session.boot_id, CATCH_UP)
    sweep_tags(session, leftovers_of(session.ledger, CATCH_UP, session.run_id))
    free = _room(session)
    work = survey(session, shoots, free)
    if work.files:
        here = jobs(session, shoots, free)
        carrier = Carrier(session, work, here, lambda handed: budget.is_spent(timer() - began, handed))
        with contextlib.closing(carrier):
            carrier.run()
        carrier.tidy()
    _write_manifests(session)
    for name, counts in session.done.places.items():
        counts.problem = session.absent.get(name, "")
        counts.left = counts.files - counts.brought - counts.waiting - counts.full - counts.failed


def _admit(session: CatchUp) -> None:
    """Whoever is here: as a target, or to read from."""
    settings = session.settings
    refuse_indistinct(settings, settings.places(), None, session.hands)
    session.places, _, session.absent = admit_all(
        session.ledger, settings.places(), session.hands, session.emit, session.clock()
    )
    session.ids = destination_ids(session.ledger)


def _room(session: CatchUp) -> dict[str, int]:
    """Bytes that may be written at each target that is here and lacks something."""
    wanted = [place for place in session.places if place.name in session.done.places]
    found = {}
    for name, free in session.hands.ask_all(free_at, {place.name: (place.place.root,) for place in wanted}).items():
        if isinstance(free, DestinationError):
            session.leave_out(name, free)
        else:
            found[name] = free
    return found


def free_at(root: bytes) -> int:
    """Bytes that may be written there, so that the next card still has room; asked at the destination."""
    state = os.statvfs(root)
    return max(0, state.f_bavail * state.f_frsize - state.f_blocks * state.f_frsize // _SPARE)


def _write_manifests(session: CatchUp) -> None:
    """A generation for what came, also by earlier sessions that were killed before theirs; then those are over too."""
    left = unfinished(session.ledger, session.run_id + 1)
    pairs = set[tuple[int, str]]().union(*left.values())
    if pairs:
        session.emit(Phase("manifests"))
    rows = {shoot.id: shoot for shoot in all_shoots(session.ledger)} if pairs else {}
    missed = {(key, name) for key, name in sorted(pairs) if not _manifest(session, rows[key], name)}
    with transaction(session.ledger):
        for run_id, wanted in left.items():
            if not wanted & missed:
                end_run(session.ledger, run_id, session.clock(), interrupted=run_id != session.run_id)


def _manifest(session: CatchUp, shoot: ShootRow, name: str) -> bool:
    """Whether all that is proven there stands in the history now; a failure is told, the copies stand."""
    root = session.roots.get(name)
    if root is None:
        return False
    try:
        write_manifest(session.ledger, session.hands, session.emit, shoot, name, join(root, shoot.folder))
    except (SafelightError, OSError) as error:
        session.emit(Warned("no manifest", f"no manifest on {name}: {getattr(error, 'message', error)}"))
        return False
    return True
