"""A rebuild of the ledger up to the point where the files are read: from what, alone, put in place."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.care.ledger_backup import FOLDER
from ingest.care.ledger_replace import put_back
from ingest.care.ledger_sources import Stand, backups_in, fetch_backup
from ingest.config import Settings
from ingest.disk.mountinfo import is_inside
from ingest.errors import CardBusy, CareFailed, DestinationError, SafelightError, UsageError
from ingest.ledger.soundness import look, opened_to_look
from ingest.model.names import display, join
from ingest.model.places import Destination
from ingest.plan.generations import Backup, station_word
from ingest.session.backup import folder_of_its_own
from ingest.session.hands import Hands


@dataclass(slots=True)
class Sources:
    """What a ledger is made from. places: destinations, each with the folder below which histories count.

    folders: those that hold backups alone.
    """

    places: list[tuple[Destination, bytes]] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """A backup that lies at `where`, in a folder."""

    backup: Backup
    where: str
    folder: bytes


def sources_of(settings: Settings, named: Sequence[str]) -> Sources:
    """Destinations by their names, folders in them, and folders with backups; all destinations where none is named.

    Raises:
        UsageError: a word that is none of these.
    """
    places = settings.places()
    if not named:
        return Sources([(place, b"") for place in places])
    sources = Sources()
    for name in named:
        place = next((place for place in places if place.name == name), None)
        path = os.path.abspath(os.fsencode(name))
        around = next((place for place in places if is_inside(path, place.root)), None)
        if place:
            sources.places.append((place, b""))
        elif around:
            sources.places.append((around, path[len(around.root.rstrip(b"/")) + 1 :]))
        elif os.path.isdir(path):
            sources.folders.append(path)
        else:
            known = ", ".join(place.name for place in places)
            raise UsageError(f"{name!r} is no destination and no folder", hint=f"The settings name: {known}")
    return sources


@contextlib.contextmanager
def nobody_else(home: Path) -> Iterator[None]:
    """No session may work with a ledger that is about to be another file. Raises CardBusy."""
    (home / "locks").mkdir(parents=True, exist_ok=True)
    names = {
        "ledger-backup.lock",
        "catalog-snapshot.lock",
        *(path.name for path in (home / "locks").glob("card-*.lock")),
    }
    with contextlib.ExitStack() as held:
        for name in sorted(names):
            lock = FileLock(home / "locks" / name)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                hint = "Wait until it is done, or stop it; then run the same command"
                raise CardBusy("A session is working with this ledger", path=str(home), hint=hint) from error
            held.callback(lock.release)
        yield


def restore(
    ledger: Path,
    settings: Settings,
    sources: Sources,
    hands: Hands,
    stands: dict[str, Stand | DestinationError],
    warn: Callable[[str], None],
) -> str:
    """Put the newest sound backup in place, else a new ledger; says what the ledger is made from. ledger: its path.

    warn: told of backups that cannot be used.

    Raises:
        CareFailed: there is neither a backup nor a history; nothing was touched.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    found = _backups(settings, sources, hands)
    with folder_of_its_own(ledger.parent, "ledger-rebuild-") as folder:
        for number, each in enumerate(found):
            plain = folder / f"{number}.sqlite"
            try:
                hands.ask(each.where, fetch_backup, join(each.folder, each.backup.name.encode()), bytes(plain))
                with opened_to_look(plain) as copy:
                    problems = look(copy).problems
            except (SafelightError, OSError, sqlite3.Error) as error:
                problems = (getattr(error, "message", "") or str(error),)
            if not problems:
                put_back(ledger, plain, stamp)
                return f"{each.backup.name} on {each.where}"
            warn(f"{each.backup.name} on {each.where} is not used: {problems[0]}")
    if not any(isinstance(stand, Stand) and stand.files for stand in stands.values()):
        raise CareFailed(
            "There is nothing to make the ledger from: no backup of this station and no history was found",
            hint="Mount the destinations, or name a folder with backups: safelight ledger rebuild --from FOLDER."
            " Nothing was changed",
        )
    put_back(ledger, None, stamp)
    return "the histories beside the files"


def _backups(settings: Settings, sources: Sources, hands: Hands) -> list[_Found]:
    """This station's backups, the newest first; a place that does not answer has none."""
    folders = {place.name: join(place.root, FOLDER) for place, _ in sources.places}
    folders |= {display(folder): folder for folder in sources.folders}
    answers = hands.ask_all(backups_in, {where: (folder,) for where, folder in folders.items()})
    station = station_word(settings.station)
    found = [
        _Found(backup, where, folders[where])
        for where, backups in answers.items()
        if not isinstance(backups, DestinationError)
        for backup in backups
        if backup.station == station
    ]
    return sorted(found, key=lambda each: -each.backup.at)
