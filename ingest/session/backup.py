"""Backups of the ledger at the destinations, behind the verdict: through the hands, so that no NAS holds anybody up."""

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.care.keeping import Parcel
from ingest.care.ledger_backup import Stored, store
from ingest.config import Settings
from ingest.errors import DestinationError, LedgerError
from ingest.events import Event, Warned
from ingest.ledger.backups import bytes_of, identity_of, last_backups, remember_backup, take_snapshot
from ingest.ledger.db import transaction
from ingest.ledger.places import known_marker
from ingest.model.places import Destination
from ingest.plan.generations import LedgerSeries, is_due
from ingest.session.context import Session
from ingest.session.hands import Hands, words_of

_TURN = 30.0  # seconds: two cards may be done at the same moment
_UNFINISHED = "ledger-backup-"  # how the folder of a snapshot begins, in the home


def back_up_ledger(
    home: Path, settings: Settings, ledger: sqlite3.Connection, places: Sequence[Destination], hands: Hands, now: float
) -> dict[str, Stored | DestinationError]:
    """One snapshot to all `places` at once; for each what lies there now, or why nothing new does.

    Raises:
        LedgerError: another backup of this ledger is under way, or no snapshot could be made; nothing was written.
    """
    with (
        alone(home, "ledger-backup", "Another backup of the ledger is under way"),
        folder_of_its_own(home, _UNFINISHED) as folder,
    ):
        try:
            snapshot = take_snapshot(ledger, folder)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"No backup of the ledger could be made: {error}", path=str(home)) from error
        parcel = Parcel(bytes(snapshot.path), now, snapshot.size, snapshot.xxh128, snapshot.plain_xxh128)
        series = LedgerSeries(settings.station, identity_of(ledger))
        markers = {place.name: known_marker(ledger, place.name) for place in places}
        asked = {place.name: (place, markers[place.name], series, parcel, now) for place in places}
        found = hands.ask_all(store, asked)
    with transaction(ledger):
        for name, answer in found.items():
            if not isinstance(answer, DestinationError):
                remember_backup(ledger, name, answer.last)
    return found


@contextlib.contextmanager
def alone(home: Path, name: str, taken: str) -> Iterator[None]:
    """The one of its kind that works in this home; one that is under way has half a minute to end.

    Raises:
        LedgerError: it did not, in the words of `taken`.
    """
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=_TURN)
    except Timeout as error:
        raise LedgerError(taken, path=str(home)) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def folder_of_its_own(home: Path, beginning: str) -> Iterator[Path]:
    """A folder in the home for ledgers in the making, gone at the end; what a killed one left goes first."""
    for left in home.glob(f"{beginning}*/*.sqlite*"):
        left.unlink(missing_ok=True)
    for left in home.glob(f"{beginning}*/"):
        with contextlib.suppress(OSError):
            left.rmdir()
    with tempfile.TemporaryDirectory(prefix=beginning, dir=home) as folder:
        yield Path(folder)


def backup_after(session: Session) -> Iterable[Event]:
    """A warning for each destination that got no backup; nothing is said of the others, and nothing is raised."""
    problems: dict[str, str] = {}
    try:
        found = _back_up_what_is_due(session, time.time())
        problems = {name: words_of(name, each) for name, each in found.items() if isinstance(each, DestinationError)}
    except KeyboardInterrupt:
        problems = {"": "stopped by you"}
    except (LedgerError, sqlite3.Error, OSError) as error:
        problems = {"": getattr(error, "message", str(error))}
    finally:
        session.hands.close()
    for name, problem in problems.items():
        where = f" on {name}" if name else ""
        yield Warned("no ledger backup", f"no new backup of the ledger{where}: {problem}; the verdict stands")


def _back_up_what_is_due(session: Session, now: float) -> dict[str, Stored | DestinationError]:
    last, size = last_backups(session.ledger), bytes_of(session.ledger)
    places = [
        place.place
        for place in session.places
        if place.name not in session.absent
        if is_due(size, last[place.name].at if place.name in last else None, now)
    ]
    if not places:
        return {}
    return back_up_ledger(session.home, session.settings, session.ledger, places, session.hands, now)
