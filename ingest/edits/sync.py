"""Edits travel: what editors wrote beside the pictures on the primary is brought to every other destination, versioned.

The primary is only read. Nothing is replaced and no deletion goes anywhere: an older version is set aside, a file that
is no version of ours stays where it is.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.config import Settings
from ingest.edits.carrier import COMMAND, Carrier, carrying, sweep_earlier
from ingest.edits.context import PlaceCounts, Sync, Synced, primary_of
from ingest.edits.find import counts_of, find_edits, found_event, sort_shoot
from ingest.edits.primary import fs_type_at
from ingest.edits.record import queue_the_rest
from ingest.edits.travel import travel
from ingest.errors import DestinationError, DestinationMissing, SyncBusy
from ingest.ledger.db import transaction
from ingest.ledger.places import destination_ids, known_marker
from ingest.ledger.runs import end_run, open_run
from ingest.ledger.shoots import ShootRow
from ingest.session.context import Emit
from ingest.session.hands import Hands
from ingest.session.prepare import admit_all, boot_id


def sync_edits(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    shoots: Sequence[ShootRow],
    emit: Emit,
    *,
    clock: Callable[[], float] = time.time,
    dry_run: bool = False,
) -> Synced:
    """Bring the edits of these shoots to every destination that is here and to the upload queue.

    clock: seconds since 1970 UTC. dry_run: only tell what is new on the primary; nothing is written anywhere.

    Raises:
        DestinationMissing: the primary is not here, or went away; what had travelled is recorded.
        SyncBusy: another sync of this home is under way.
    """
    with contextlib.nullcontext() if dry_run else _alone(home), Hands(settings.copying.patience) as hands:
        sync = _begin(home, settings, ledger, emit, hands, clock)
        if dry_run:
            return _dry(sync, shoots)
        _admit(sync)
        with _run(sync), carrying(sync) as carrier:
            sweep_earlier(sync)
            for shoot in shoots:
                _one(sync, carrier, shoot)
        return sync.done


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "sync.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SyncBusy("Another sync is under way", hint="Wait until it is done; then run the same command") from error
    try:
        yield
    finally:
        lock.release()


def _begin(
    home: Path, settings: Settings, ledger: sqlite3.Connection, emit: Emit, hands: Hands, clock: Callable[[], float]
) -> Sync:
    primary = primary_of(settings.places())
    if primary is None:
        raise DestinationMissing("No destination is set up", hint="Add two [[destinations]] to the settings")
    marker = known_marker(ledger, primary.name)
    fs_type = hands.ask(primary.name, fs_type_at, primary, marker)
    sync = Sync(home, settings, ledger, emit, hands, clock, primary, marker, fs_type, Synced(primary.name))
    sync.ids = destination_ids(ledger)
    return sync


def _dry(sync: Sync, shoots: Sequence[ShootRow]) -> Synced:
    for shoot in shoots:
        counts = counts_of(sort_shoot(sync, shoot))
        sync.done.counts.add(counts)
        sync.done.shoots += 1
        sync.emit(found_event(shoot, counts))
    sync.done.dry_run = True
    return sync.done


def _admit(sync: Sync) -> None:
    """The other destinations; one that cannot take copies now is told and caught up with later."""
    others = [place for place in sync.settings.places() if place.name != sync.primary.name]
    sync.done.places = {place.name: PlaceCounts() for place in others}
    try:
        sync.places, _, absent = (
            admit_all(sync.ledger, others, sync.hands, sync.emit, sync.clock()) if others else ([], {}, {})
        )
    except DestinationError:  # none of them is here: what is new is remembered all the same
        absent = {place.name: "it is not here" for place in others}
    for name, problem in absent.items():
        sync.done.places[name].problem = problem
    sync.ids = destination_ids(sync.ledger)
    for place in sync.places:
        if place.marker == sync.marker:
            sync.leave_out(place.name, f"it is one and the same place as {sync.primary.name}")


@contextlib.contextmanager
def _run(sync: Sync) -> Iterator[None]:
    with transaction(sync.ledger):
        sync.boot_id = boot_id()
        sync.run_id = open_run(sync.ledger, None, sync.clock(), sync.boot_id, COMMAND)
    interrupted = True
    try:
        yield
        interrupted = False
    finally:
        with transaction(sync.ledger):
            end_run(sync.ledger, sync.run_id, sync.clock(), interrupted=interrupted)


def _one(sync: Sync, carrier: Carrier, shoot: ShootRow) -> None:
    current = find_edits(sync, shoot)
    travel(sync, carrier, shoot, current)
    queue_the_rest(sync, shoot)
